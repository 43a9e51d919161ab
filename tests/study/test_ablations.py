"""What ablations train, and what their numbers show."""

from pathlib import Path

import pytest

from mien.settings import StudySettings
from mien.study import ablations
from mien.study.ablations import (
    ABLATIONS,
    T95,
    AblationResult,
    Point,
    plan_trainings,
    precision,
    selected,
    t_interval,
)
from mien.study.page import better, conclusion


def test_precisions_are_named() -> None:
    assert precision([{"precision": "bfloat16"}] * 2) == "bfloat16"
    assert precision([{}, {"precision": "float32"}]) == (
        "float32 and the machine's own precision"
    )


def test_the_interval_of_a_mean_is_student_s() -> None:
    # By hand: the standard deviation of 1, 2, 3 is 1, and 4.303 / sqrt(3) is 2.484.
    assert t_interval([1.0, 2.0, 3.0]) == pytest.approx((2 - 2.4843, 2 + 2.4843), abs=1e-3)
    assert t_interval([1.0]) is None
    assert len(T95) == 9


def point(value: str, change: tuple[float, float] | None) -> Point:
    return Point(
        value=value,
        accuracies=(0.4, 0.42),
        change=None if change is None else sum(change) / 2,
        change_interval=change,
        parameters=1,
        macs=1,
        seconds=1.0,
    )


def test_conclusions_say_what_is_significant() -> None:
    points = (
        point("0.0", (-0.1, 0.1)), point("0.1", None), point("0.2", (0.01, 0.02)),
        point("0.5", (-0.2, -0.1)),
    )  # fmt: skip
    assert [better(each) for each in points] == [None, None, True, False]
    result = AblationResult(name="dropout", base="0.1", points=points)
    said = conclusion(result, enough=True)
    assert said.startswith("Highest mean: 0.0, ")
    assert "Significantly better than lobonet's own: 0.2." in said
    assert "Significantly worse than lobonet's own: 0.5." in said
    assert "No significant difference: 0.0." in said
    assert conclusion(result, enough=False).endswith(
        "It is too little to say whether one value is better than another."
    )


def test_runs_are_named_by_value_and_seed_and_share_the_base() -> None:
    planned = plan_trainings(StudySettings(out=Path("s")), selected("all"))
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


def test_one_ablation_can_be_selected() -> None:
    settings = StudySettings(subset=0.5, epochs=2, seeds=1)
    (base, changed) = plan_trainings(settings, selected("normalise"))
    assert (base.name, changed.name) == ("base-0", "normalise-false-0")
    assert (changed.subset, changed.epochs) == (0.5, 2)


def test_each_ablation_can_be_selected() -> None:
    for each in ABLATIONS:
        assert StudySettings(ablate=each.name).ablate == each.name  # type: ignore[arg-type]
        assert each.base in each.values


def test_values_are_shown_as_a_reader_knows_them() -> None:
    normalise = ablations.ablation_named("normalise")
    assert [normalise.shown(value) for value in normalise.values] == ["on (lobonet)", "off"]
    assert ablations.ablation_named("layers").shown("5") == "5"
