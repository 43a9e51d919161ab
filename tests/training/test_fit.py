import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning import Trainer

from mien.classes import FER2013
from mien.data import Samples
from mien.errors import DataError, InterruptionError, NetError, TrainingError
from mien.models.info import FER2013_INPUT
from mien.settings import Settings, TrainSettings, load
from mien.training import Run, load_net, resume, session, train, trainer
from mien.training.callbacks import Checkpoints
from mien.training.provenance import computed_on


class Killed(BaseException):
    """Stands for a kill: nothing in mien or Lightning may catch it."""


def settings(out: Path, **changed: Any) -> Settings:
    defaults = {"net": "plain", "epochs": 4, "batch_size": 15, "patience": 0, "dropout": 0.1}
    return load(environment=False, train={"out": out, **defaults, **changed})


def kill_in_epoch(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """Raise in the third step of an epoch counted from 0."""
    step = session.Learner.training_step

    def dying(self: Any, batch: Any, batch_idx: int) -> Any:
        if self.current_epoch == epoch and batch_idx == 2:
            raise Killed
        return step(self, batch, batch_idx)

    monkeypatch.setattr(session.Learner, "training_step", dying)


def without_time(run: Run) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in run.rows()]


def test_a_run_learns_and_leaves_everything_behind(samples: Samples, tmp_path: Path) -> None:
    run = train(settings(tmp_path), samples)
    assert {path.name for path in run.folder.iterdir()} == {
        "config.toml",
        "metrics.csv",
        "curves.png",
        "run.json",
        "checkpoints",
    }
    assert run.rows()[-1]["val_accuracy"] > 0.8
    assert [row["epoch"] for row in run.rows()] == [1, 2, 3, 4]
    assert run.curves.read_bytes().startswith(b"\x89PNG")
    record = run.record()
    assert (record.data.name, record.selection[:11]) == ("FER-2013", "PublicTest:")
    assert record.data.train["angry"] == 15
    assert record.data.validation["neutral"] == 5
    assert (record.vocabulary, record.spec) == (FER2013, FER2013_INPUT)
    assert record.recipe["computed_on"] == computed_on(
        torch.device("cuda" if torch.cuda.is_available() else "cpu")
    )
    assert record.best.val_loss == pytest.approx(
        min(row["val_loss"] for row in run.rows()), abs=1e-6
    )


def test_threads_are_as_many_as_the_settings_say(samples: Samples, tmp_path: Path) -> None:
    before = torch.get_num_threads()
    run = train(settings(tmp_path, epochs=1, threads=before + 1), samples)
    recipe = run.record().recipe
    assert recipe["threads"] == before + 1
    assert torch.cuda.is_available() or recipe["computed_on"].endswith(f" {before + 1} threads")
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("epoch", "schedule"),
    [
        (0, "plateau"),
        (2, "one-cycle"),
        pytest.param(0, "one-cycle", marks=pytest.mark.slow),
        pytest.param(2, "plateau", marks=pytest.mark.slow),
    ],
)
def test_a_killed_run_ends_like_an_unbroken_one(
    samples: Samples,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    schedule: str,
    epoch: int,
) -> None:
    # A factor this small shows in the metrics at once when the plateau's count is lost.
    changed = {"schedule": schedule, "plateau_patience": 0, "plateau_factor": 0.01}
    whole = train(settings(tmp_path, name="whole", **changed), samples)
    with monkeypatch.context() as patched:
        kill_in_epoch(patched, epoch)
        with pytest.raises(Killed):
            train(settings(tmp_path, name="killed", **changed), samples)
    killed = resume(tmp_path / "killed", samples)
    assert without_time(killed) == without_time(whole)
    assert killed.record().best == whole.record().best
    assert killed.best.read_bytes() == whole.best.read_bytes()


def test_a_kill_after_the_last_epoch_trains_no_further(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_: Any) -> None:
        raise Killed

    # Early stopping ends this run after its third epoch: the rate is too high to learn.
    changed = {"patience": 1, "learning_rate": 1.0, "epochs": 30}
    with monkeypatch.context() as patched:
        patched.setattr(session.Session, "_finish", dying)
        with pytest.raises(Killed):
            train(settings(tmp_path, **changed), samples)
    epochs = len(Run(tmp_path / "plain").rows())
    assert epochs < 30
    run = resume(tmp_path / "plain", samples)
    assert len(run.rows()) == epochs
    assert run.record().best.epoch <= epochs


def test_a_row_written_before_the_kill_is_not_doubled(samples: Samples, tmp_path: Path) -> None:
    whole = train(settings(tmp_path, name="whole"), samples)

    class KilledBeforeSaving(Checkpoints):
        def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
            if trainer.current_epoch == 1:
                raise Killed
            super().on_train_epoch_end(trainer, pl_module)

    KilledBeforeSaving.__qualname__ = Checkpoints.__qualname__
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(session, "Checkpoints", KilledBeforeSaving)
        with pytest.raises(Killed):
            train(settings(tmp_path, name="killed"), samples)
    assert without_time(resume(tmp_path / "killed", samples)) == without_time(whole)


def test_early_stopping_waits_for_its_patience(samples: Samples, tmp_path: Path) -> None:
    run = train(settings(tmp_path, patience=2, learning_rate=1e-9, epochs=9), samples)
    losses = [row["val_loss"] for row in run.rows()]
    best = losses.index(min(losses))
    assert len(losses) == min(9, best + 1 + 2)


def test_a_finished_run_is_left_alone(samples: Samples, tmp_path: Path) -> None:
    run = train(settings(tmp_path, epochs=1), samples)
    said: list[str] = []
    resume(run.folder, samples, said.append)
    assert said == [f"The run {run.folder} is finished already."]


def test_other_data_is_refused(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        kill_in_epoch(patched, 1)
        with pytest.raises(Killed):
            train(settings(tmp_path), samples)
    other = Samples(samples.images, samples.labels, samples.splits, samples.names, "1" * 64)
    with pytest.raises(TrainingError, match="was started on other data"):
        resume(tmp_path / "plain", other)


@pytest.mark.parametrize("damage", ["flip", "cut", "other"])
def test_a_damaged_checkpoint_is_refused(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    with monkeypatch.context() as patched:
        kill_in_epoch(patched, 1)
        with pytest.raises(Killed):
            train(settings(tmp_path), samples)
    last = Run(tmp_path / "plain").last
    data = bytearray(last.read_bytes())
    data[len(data) // 2] ^= 1  # within the weights, which torch reads as they come
    last.write_bytes({"flip": data, "cut": data[:-10], "other": b"something else"}[damage])
    with pytest.raises(TrainingError, match="checkpoint .*last.ckpt is damaged. Restore"):
        resume(tmp_path / "plain", samples)


def test_weights_that_changed_after_the_training_are_refused(
    samples: Samples, tmp_path: Path
) -> None:
    run = train(settings(tmp_path, epochs=1), samples)
    load_net(run)
    data = bytearray(run.best.read_bytes())
    data[-10] ^= 1
    run.best.write_bytes(data)
    with pytest.raises(TrainingError, match="best.safetensors is not as the run .* wrote it"):
        load_net(run)


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_out_of_memory_names_the_batch_size_to_try(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def greedy(*_: Any) -> None:
        raise error

    monkeypatch.setattr(session.Learner, "training_step", greedy)
    with pytest.raises(TrainingError, match="batch size of 15.*a batch size of 7"):
        train(settings(tmp_path), samples)


def test_other_failures_keep_their_own_words(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(session.Learner, "training_step", broken)
    with pytest.raises(RuntimeError, match="shapes differ"):
        train(settings(tmp_path), samples)


def test_ctrl_c_says_how_to_go_on(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session.Learner, "training_step", interrupted)
    with pytest.raises(InterruptionError, match="Resume the run .*plain") as caught:
        train(settings(tmp_path), samples)
    assert caught.value.setting == "resume"


def test_no_compiler_is_said_and_trains_all_the_same(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer.shutil, "which", lambda _: None)
    said: list[str] = []
    run = train(settings(tmp_path, epochs=1, compile=True), samples, said.append)
    assert said == ["Found no C++ compiler: training without torch.compile."]
    assert run.finished


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")
def test_compiled_training_learns_too(samples: Samples, tmp_path: Path) -> None:
    run = train(settings(tmp_path, compile=True), samples)
    assert run.rows()[-1]["val_accuracy"] > 0.8


def test_nothing_is_left_behind_by_a_wrong_name_or_split(samples: Samples, tmp_path: Path) -> None:
    with pytest.raises(NetError, match="'lobo'"):
        train(settings(tmp_path, net="lobo"), samples)
    with pytest.raises(DataError, match="no split 'train'"):
        train(settings(tmp_path), samples[105:])
    assert list(tmp_path.iterdir()) == []


def test_seeds_repeat_and_differ(samples: Samples, tmp_path: Path) -> None:
    first, again, other = (
        without_time(train(settings(tmp_path, name=name, seed=seed, epochs=2), samples))
        for name, seed in (("first", 0), ("again", 0), ("other", 1))
    )
    assert first == again
    assert first != other


def test_a_checkpoint_holds_no_code(samples: Samples, tmp_path: Path) -> None:
    run = train(settings(tmp_path, epochs=1), samples)
    assert torch.load(run.last, weights_only=True)["epoch"] == 0


@pytest.mark.parametrize("able", ["avx512_bf16", "amx_bf16"])
def test_bfloat16_would_help_where_a_cpu_has_it(
    monkeypatch: pytest.MonkeyPatch, able: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {able: True})
    assert trainer.bfloat16_would_help(TrainSettings())
    assert not trainer.bfloat16_would_help(TrainSettings(precision="float32"))
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert not trainer.bfloat16_would_help(TrainSettings())


def test_own_classes_in_colour_are_trained_on(awake: Samples, tmp_path: Path) -> None:
    wanted = settings(
        tmp_path,
        **{"net": "plain-bn", "image_size": 32, "colour": "RGB", "dropout": None, "epochs": 6},
        **{"mixup": 0.2, "cutmix": 0.2, "erase": 0.2, "contrast": 0.1, "logit_adjustment": 0.5},
    )
    run = train(wanted, awake)
    record = run.record()
    assert run.rows()[-1]["val_accuracy"] > 0.9
    assert record.vocabulary == awake.vocabulary
    assert (record.spec.height, record.spec.colour) == (32, "RGB")
    assert record.data.name == "unnamed data"
    assert record.selection == "15% of Training, seed 0: the epoch with the best val_loss"
    assert record.validation.share == 0.15
    assert sum(record.data.train.values()) + sum(record.data.validation.values()) == 90
    logits = load_net(run)(torch.zeros(2, 3, 32, 32))
    assert logits.shape == (2, 3)


def test_log_lines_name_what_validated(
    awake: Samples, samples: Samples, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(settings(tmp_path, epochs=1), samples)
    assert " PublicTest; loss" in capsys.readouterr().err
    train(settings(tmp_path, image_size=32, colour="RGB", epochs=1), awake)
    assert " validation; loss" in capsys.readouterr().err


def test_data_is_read_where_no_faces_are_given(
    clouded_zip: Path, clouded: Samples, tmp_path: Path
) -> None:
    own = {"net": "plain", "epochs": 1, "batch_size": 15, "validation": 0.2, "out": tmp_path}
    run = train(load(environment=False, data=clouded_zip, train=own))
    record = run.record()
    assert record.data.validation == dict.fromkeys(clouded.counts(), 3)
    assert record.data.name == "clouded.zip"
    assert resume(run.folder) == run
