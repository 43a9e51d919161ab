"""Runs one trial: a training that is reported as it goes, and ended where it is hopeless."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
from lightning import Trainer
from lightning.pytorch.callbacks import Callback
from optuna.trial import FrozenTrial, Trial

from mien import training
from mien.data import Samples
from mien.files import write
from mien.settings import Settings, TrainSettings
from mien.training import Run
from mien.training.resume_or_train import AGAIN
from mien.training.run import to_toml

Seen = Callable[[int, float], None]
"""Called with the number and the accuracy of each epoch."""


class Watch(Callback):
    """Reports each epoch to optuna, and ends the training where optuna says so."""

    def __init__(self, trial: Trial, seen: Seen) -> None:
        self._trial = trial
        self._seen = seen

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Report the epoch; the last one is never the reason to end."""
        epoch = trainer.current_epoch + 1
        accuracy = float(trainer.callback_metrics["val_accuracy"])
        self._trial.report(accuracy, epoch)
        self._seen(epoch, accuracy)
        if epoch < (trainer.max_epochs or 0) and self._trial.should_prune():
            raise optuna.TrialPruned


def run_trial(
    trial: Trial,
    settings: Settings,
    samples: Samples,
    out: Path,
    say: Callable[[str], None],
    seen: Seen,
) -> tuple[float, int]:
    """Train with a trial's values.

    Parameters
    ----------
    trial
        The trial, with its values drawn.
    settings
        How to train but for these.
    samples
        Faces with a ``train`` and a ``public`` split.
    out
        Folder of the tuning.
    say, seen
        Called as the training goes.

    Returns
    -------
    tuple
        Accuracy on PublicTest at the best epoch, and that epoch.

    Raises
    ------
    optuna.TrialPruned
        If the trial is hopeless.
    MienError
        As `mien.training.train` does.
    """
    chosen = chosen_settings(settings, trial.params)
    named = {"out": out, "name": folder(out, trial.number).name}
    train = chosen.train.model_copy(update=named)
    run = training.train(
        chosen.model_copy(update={"train": train}), samples, say, Watch(trial, seen)
    )
    best = run.read_card()["best"]
    return float(best["val_accuracy"]), int(best["epoch"])


def chosen_settings(settings: Settings, params: dict[str, Any]) -> Settings:
    """Put a trial's values in the place of the settings that are searched."""
    train = TrainSettings(**{**settings.train.model_dump(), **params})
    return settings.model_copy(update={"train": train})


def folder(out: Path, number: int) -> Path:
    """Name the run folder of a trial."""
    return out / f"trial-{number:03d}"


def tidy(out: Path, number: int, keep: bool) -> None:
    """Remove what a finished trial's training would need to go on, and the weights unless kept."""
    run = Run(folder(out, number))
    if keep:
        run.last.unlink(missing_ok=True)
    else:
        shutil.rmtree(run.last.parent, ignore_errors=True)


def remove(out: Path, number: int) -> None:
    """Remove the folder of a trial that is run again under another number."""
    shutil.rmtree(folder(out, number), ignore_errors=True)


FIX = f"Free space on the disk; finished trials are kept. {AGAIN}"
"""What to do where a file of a tuning cannot be written."""


def write_best(
    best: FrozenTrial, settings: Settings, path: Path, finished: int, command: str
) -> None:
    """Write best.toml.

    Parameters
    ----------
    best
        The best trial.
    settings
        How every trial trained but for what is searched.
    path
        The file.
    finished
        How many trials it is the best of.
    command
        The command that searched.

    Raises
    ------
    SettingsError
        If it cannot be written.
    """
    lines = (
        f"Accuracy {best.value:.4f} on PublicTest at epoch {best.user_attrs['epoch']}:"
        f" trial {best.number}, the best of {finished}.",
        f"Found by: {' '.join(command.split())}",
        f"Train it by: mien train --config {path.name}",
    )
    comment = "".join(f"# {line}\n" for line in lines)
    text = f"{comment}\n{to_toml(chosen_settings(settings, best.params))}"
    write(path, text.encode(), FIX)
