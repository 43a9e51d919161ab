from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import Trial, TrialState

from mien.data import Samples
from mien.errors import (
    DataError,
    InterruptionError,
    MienError,
    OutputError,
    SettingsError,
    TrainingError,
)
from mien.settings import Settings, load
from mien.training import Run
from mien.training.silence import quiet
from mien.tuning import search, tune
from mien.tuning.display import counts
from mien.tuning.storage import open_storage

SPACE = {"learning_rate": {"low": 1e-3, "high": 1e-2}, "batch_size": [16, 35]}
LIGHT = {"layers", "width", "dense", "dropout", "weight_decay", "zoom", "rotation", "shift"}
FIGURES = ("history", "parallel", "importance")
FIXED = LIGHT | {"erase", "label_smoothing", "ema_decay"}


def settings(out: Path, **tuned: Any) -> Settings:
    train = {"net": "plain", "epochs": 2, "width": 16, "dense": 64}
    search = {"out": out, "trials": 3, "startup": 2, "space": SPACE} | tuned
    return load(environment=False, train=train, tune=search)


def states(out: Path, name: str = "plain") -> list[TrialState]:
    with open_storage(None, out, 60) as storage, quiet("optuna"):
        study = optuna.load_study(study_name=name, storage=storage.trials)
        return [trial.state for trial in study.trials]


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[float]]:
    """Replace the trainings by something quick, and return the learning rates that it gets."""

    def install(*ends: Exception | BaseException | None) -> list[float]:
        rates: list[float] = []
        queue = list(ends)

        def run(trial: Trial, settings: Settings, samples: Samples, out: Path, *rest: Any) -> Any:
            rates.append(trial.params["learning_rate"])
            (out / f"trial-{trial.number:03d}" / "checkpoints").mkdir(parents=True)
            end = queue.pop(0) if queue else None
            if end is not None:
                raise end
            return 0.5 + trial.params["learning_rate"], 2

        monkeypatch.setattr(search, "run_trial", run)
        return rates

    return install


def interrupted() -> InterruptionError:
    """What `mien.training.train` raises at Ctrl-C."""
    return InterruptionError("The training was interrupted.", "Resume the run x.", "resume")


def test_real_trials_leave_the_best_settings_and_light_folders(
    samples: Samples, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    result = tune(settings(tmp_path), samples, said.append, FIXED)
    best = result.best
    assert best is not None
    assert (result.folder, result.target, len(result.trials)) == (tmp_path, 3, 3)
    assert result.best_file == tmp_path / "best.toml"
    assert list(result.space) == ["learning_rate", "batch_size"]
    assert states(tmp_path) == [TrialState.COMPLETE] * 3
    config = load(tmp_path / "best.toml", environment=False)
    assert config.train.learning_rate == best.params["learning_rate"]
    assert config.train.batch_size == best.params["batch_size"]
    assert (config.train.width, config.train.name, config.train.out) == (16, None, Path("runs"))
    for number in range(3):
        run = Run(tmp_path / f"trial-{number:03d}")
        assert not run.last.parent.exists()
        assert len(run.rows()) == 2
    run = Run(tmp_path / f"trial-{best.number:03d}")
    assert best.value == pytest.approx(max(row["val_accuracy"] for row in run.rows()), abs=1e-6)
    assert run.record().recipe["monitor"] == "val_accuracy"
    for name in ("history.png", "history.svg", "parallel.png", "parallel.svg"):
        assert (tmp_path / name).stat().st_size > 1000
    assert any("takes 8 complete trials, and there are 3" in line for line in said)
    output = capsys.readouterr()
    assert output.out == ""
    assert "3 of 3 finished." in output.err
    assert "epoch 1/2" not in output.err


def test_a_hopeless_trial_is_ended_early(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optuna.Trial, "should_prune", lambda trial: trial.number == 1)
    tune(settings(tmp_path, trials=2, keep=True), samples, fixed=FIXED)
    assert states(tmp_path) == [TrialState.COMPLETE, TrialState.PRUNED]
    assert len(Run(tmp_path / "trial-001").rows()) == 1
    kept = Run(tmp_path / "trial-000")
    assert kept.best.exists() and not kept.last.exists()


Pretended = Callable[..., list[float]]


def test_an_interrupted_tuning_goes_on_by_the_same_command(
    samples: Samples, tmp_path: Path, pretended: Pretended
) -> None:
    whole = pretended()
    tune(settings(tmp_path / "whole"), samples, fixed=FIXED)
    begun = pretended(None, interrupted())
    with pytest.raises(InterruptionError, match=r"tuning was interrupted. Run the same"):
        tune(settings(tmp_path / "cut"), samples, fixed=FIXED)
    assert begun == whole[:2]
    assert states(tmp_path / "cut") == [TrialState.COMPLETE, TrialState.FAIL]
    assert not (tmp_path / "cut" / "trial-001").exists()
    assert (tmp_path / "cut" / "best.toml").exists()
    rest = pretended(KeyboardInterrupt())
    with pytest.raises(InterruptionError, match="tuning was interrupted"):
        tune(settings(tmp_path / "cut"), samples, fixed=FIXED)
    rest += pretended()
    tune(settings(tmp_path / "cut"), samples, fixed=FIXED)
    assert rest[0] == whole[1]
    done = states(tmp_path / "cut")
    assert (done.count(TrialState.COMPLETE), done.count(TrialState.FAIL)) == (3, 2)


@pytest.mark.parametrize(
    "name", ["best.toml", *(f"{figure}{kind}" for figure in FIGURES for kind in (".png", ".svg"))]
)
def test_files_of_the_user_s_are_refused_before_anything_is_read(
    tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_bytes(b"net = 'my own'")
    nowhere = settings(out).model_copy(update={"data": tmp_path / "none.zip"})
    with pytest.raises(SettingsError, match=f"{name} exists, and is not an earlier output") as one:
        tune(nowhere)
    assert one.value.setting == "out"
    assert [(file.name, file.read_bytes()) for file in out.iterdir()] == [(name, b"net = 'my own'")]


def test_files_of_an_earlier_search_are_replaced(
    samples: Samples, tmp_path: Path, pretended: Pretended
) -> None:
    pretended()
    tune(settings(tmp_path, trials=8), samples, fixed=FIXED)
    files = {tmp_path / f"{name}{kind}" for name in FIGURES for kind in (".png", ".svg")}
    files.add(tmp_path / "best.toml")
    before = {path: path.read_bytes() for path in files}
    pretended()
    tune(settings(tmp_path, trials=9), samples, fixed=FIXED)
    assert {path for path in files if path.read_bytes() != before[path]} == files


def test_a_finished_tuning_only_reports(
    samples: Samples, tmp_path: Path, pretended: Pretended
) -> None:
    pretended()
    first = tune(settings(tmp_path), samples, fixed=FIXED)
    rates = pretended()
    again = tune(settings(tmp_path), samples, fixed=FIXED)
    assert rates == []
    assert first.best is not None and again.best is not None
    assert again.best.number == first.best.number


def test_a_trial_that_fails_is_recorded_and_the_next_ones_run(
    samples: Samples, tmp_path: Path, pretended: Pretended
) -> None:
    pretended(TrainingError("Memory ran out with a batch size of 256.", "Try 128."))
    result = tune(settings(tmp_path), samples, fixed=FIXED)
    assert states(tmp_path) == [TrialState.FAIL, *[TrialState.COMPLETE] * 3]
    assert counts(result.trials, result.target) == "3 of 3 trials finished, 1 failed."


def test_failing_again_and_again_ends_the_tuning(
    samples: Samples, tmp_path: Path, pretended: Pretended
) -> None:
    pretended(None, *(TrainingError("Memory ran out.", "Try less.") for _ in range(3)))
    with pytest.raises(TrainingError, match=r"3 trials in a row failed.*Memory ran out"):
        tune(settings(tmp_path, trials=9), samples, fixed=FIXED)
    assert states(tmp_path) == [TrialState.COMPLETE, *[TrialState.FAIL] * 3]


# what a trial raises, what the message must hold
DISK = [
    (OSError(28, "No space left on device"), "Trial 1 cannot be written: .*No space left"),
    (OutputError("Cannot write x: No space left.", "Resume x."), "x: No space left. Free space"),
]


@pytest.mark.parametrize(("end", "message"), DISK)
def test_what_is_not_the_trial_s_fault_ends_the_tuning_and_is_tried_again(
    samples: Samples, tmp_path: Path, pretended: Pretended, end: Exception, message: str
) -> None:
    pretended(None, end)
    with pytest.raises(OutputError, match=message) as caught:
        tune(settings(tmp_path), samples, fixed=FIXED)
    assert "finished trials are kept. Run the same command again" in str(caught.value)
    assert "Resume x" not in str(caught.value)
    pretended()
    tune(settings(tmp_path), samples, fixed=FIXED)
    assert states(tmp_path).count(TrialState.COMPLETE) == 3


def test_no_trial_is_begun_where_it_cannot_end(
    samples: Samples, tmp_path: Path, pretended: Pretended
) -> None:
    rates = pretended()
    with pytest.raises(DataError, match="train"):
        tune(settings(tmp_path), samples.split("validation"), fixed=FIXED)
    with pytest.raises(MienError, match="plane"):
        wrong = settings(tmp_path)
        train = wrong.train.model_copy(update={"net": "plane"})
        tune(wrong.model_copy(update={"train": train}), samples)
    with pytest.raises(SettingsError, match="Cannot read .*none.csv.*train.ferplus"):
        wrong = settings(tmp_path)
        train = wrong.train.model_copy(update={"ferplus": tmp_path / "none.csv"})
        tune(wrong.model_copy(update={"train": train}), samples, fixed=FIXED)
    with pytest.raises(SettingsError, match="one process, but devices and nodes ask for 2"):
        wrong = settings(tmp_path)
        train = wrong.train.model_copy(update={"devices": 2})
        tune(wrong.model_copy(update={"train": train}), samples, fixed=FIXED)
    assert rates == []


def test_other_settings_or_data_under_the_same_name_are_refused(
    samples: Samples, tmp_path: Path, pretended: Pretended
) -> None:
    pretended()
    tune(settings(tmp_path), samples, fixed=FIXED)
    with pytest.raises(SettingsError, match="space of dropout was not set, now 0 to 0.5"):
        tune(settings(tmp_path), samples, fixed=FIXED - {"dropout"})
    with pytest.raises(SettingsError, match=r"trial-002 belongs to another tuning than 'second'"):
        tune(settings(tmp_path, name="second"), samples, fixed=FIXED)


def test_a_full_disk_keeps_the_finished_trials(
    samples: Samples, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    out = tmp_path / "small"
    out.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(out)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small file system: run as root on Linux")
    request.addfinalizer(lambda: subprocess.run(["umount", "-l", str(out)], check=True))
    tune(settings(out, trials=1), samples, fixed=FIXED)
    filler = out / "filler"
    # Room for nothing but the storage, then for the weights (1 MB) but not for the whole state.
    for room in (300_000, 2_000_000):
        filler.unlink(missing_ok=True)
        free = shutil.disk_usage(out).free
        filler.write_bytes(bytes(free - room))
        with pytest.raises(MienError, match=r"No space left on device.*Run the same command"):
            tune(settings(out, trials=2), samples, fixed=FIXED)
    # And for nothing at all: the storage itself is the first that cannot be written.
    with pytest.raises(OSError, match="No space"), filler.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with pytest.raises(MienError, match=r"full|No space|I/O error|open"):
        tune(settings(out, trials=2), samples, fixed=FIXED)
    filler.unlink()
    assert states(out).count(TrialState.COMPLETE) == 1
    tune(settings(out, trials=2), samples, fixed=FIXED)
    assert states(out).count(TrialState.COMPLETE) == 2
