from pathlib import Path

from mien.settings import StudySettings
from mien.study import ablations
from mien.study.ablations import ABLATIONS, asked, trainings


def test_runs_are_named_by_value_and_seed_and_share_the_base() -> None:
    planned = trainings(StudySettings(out=Path("s")), asked("all"))
    names = [str(each.name) for each in planned]
    assert len(names) == len(set(names)) == 3 * (1 + 1 + 5 + 1 + 4 + 4)
    for seed in range(3):
        wanted = {
            "base", "normalise-false", "dropout-0.0", "dropout-0.5", "augmentation-false",
            "batch_size-256", "layers-2",
        }  # fmt: skip
        assert {f"{name}-{seed}" for name in wanted} <= set(names)
    by_name = {each.name: each for each in planned}
    base = by_name["base-2"]
    assert (base.net, base.subset, base.epochs, base.seed) == ("lobonet", 0.1, 12, 2)
    assert (base.schedule, base.learning_rate, base.patience) == ("one-cycle", 0.002, 0)
    assert (base.monitor, base.out) == ("val_accuracy", Path("s/ablations"))
    assert by_name["normalise-false-0"].normalise is False
    assert by_name["layers-6-0"].layers == 6
    assert by_name["batch_size-16-0"].batch_size == 16
    off = by_name["augmentation-false-1"]
    assert (off.flip, off.zoom, off.seed) == (False, 0.0, 1)


def test_fewer_can_be_asked_for() -> None:
    wanted = StudySettings(subset=0.5, epochs=2, seeds=1)
    (base, changed) = trainings(wanted, asked("normalise"))
    assert (base.name, changed.name) == ("base-0", "normalise-false-0")
    assert (changed.subset, changed.epochs) == (0.5, 2)


def test_each_ablation_can_be_asked_for() -> None:
    for each in ABLATIONS:
        assert StudySettings(ablate=each.name).ablate == each.name  # type: ignore[arg-type]
        assert each.base in each.values


def test_values_are_shown_as_a_reader_knows_them() -> None:
    normalise = ablations.known("normalise")
    assert [normalise.shown(value) for value in normalise.values] == ["on (lobonet)", "off"]
    assert ablations.known("layers").shown("5") == "5"
