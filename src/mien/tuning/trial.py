"""Runs one trial: a training that reports each epoch, and is pruned if unpromising."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import optuna
from lightning import Trainer
from lightning.pytorch.callbacks import Callback
from optuna.trial import FrozenTrial, Trial

from mien import marks, training
from mien.data import Samples
from mien.files import write
from mien.settings import Settings, TrainSettings
from mien.training import Run
from mien.training.run import RESUME_HINT, to_toml
from mien.tuning.trials import FINISHED, about_ties

FIX = f"Free space on the disk; finished trials are kept. {RESUME_HINT}"
"""What to do if a file of a tuning cannot be written."""

Report = Callable[[int, float], None]
"""Called with the number and the accuracy of each epoch."""


class Reporter(Callback):
    """Reports each epoch to optuna, and ends the training if optuna prunes it."""

    def __init__(self, trial: Trial, report: Report) -> None:
        self._trial = trial
        self._report = report

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Report the epoch; a trial is not pruned at its last one."""
        epoch = trainer.current_epoch + 1
        accuracy = float(trainer.callback_metrics["val_accuracy"])
        self._trial.report(accuracy, epoch)
        self._report(epoch, accuracy)
        if epoch < (trainer.max_epochs or 0) and self._trial.should_prune():
            raise optuna.TrialPruned


def run_trial(
    trial: Trial,
    settings: Settings,
    samples: Samples,
    out: Path,
    say: Callable[[str], None],
    report: Report,
) -> tuple[float, int]:
    """Train with a trial's values.

    Parameters
    ----------
    trial
        The trial, with its values drawn.
    settings
        How to train, except for these.
    samples
        Faces that are divided into learning and validating ones.
    out
        Folder of the tuning.
    say, report
        Called with sentences and with each epoch.

    Returns
    -------
    tuple
        Accuracy on the validation faces at the best epoch, and that epoch.

    Raises
    ------
    optuna.TrialPruned
        If the trial is unpromising.
    MienError
        As `mien.training.train` does.
    """
    changed = with_values(settings, trial.params)
    place = {"out": out, "name": run_folder(out, trial.number).name}
    train = changed.train.model_copy(update=place)
    run = training.train(
        changed.model_copy(update={"train": train}), samples, say, Reporter(trial, report)
    )
    best = run.record().best
    return best.val_accuracy, best.epoch


def with_values(settings: Settings, params: dict[str, Any]) -> Settings:
    """Return the settings of a trial, which has its own values of what is searched."""
    train = TrainSettings(**{**settings.train.model_dump(), **params})
    return settings.model_copy(update={"train": train})


def run_folder(out: Path, number: int) -> Path:
    """Return the run folder of a trial."""
    return out / f"trial-{number:03d}"


def remove_checkpoints(out: Path, number: int, keep_best: bool) -> None:
    """Remove what only an unfinished training needs, and the weights unless they are kept."""
    run = Run(run_folder(out, number))
    if keep_best:
        run.last.unlink(missing_ok=True)
    else:
        shutil.rmtree(run.last.parent, ignore_errors=True)


def remove_run(out: Path, number: int) -> None:
    """Remove the folder of a trial that is run again under another number."""
    shutil.rmtree(run_folder(out, number), ignore_errors=True)


def write_best(
    best: FrozenTrial, settings: Settings, path: Path, trials: Sequence[FrozenTrial], command: str
) -> None:
    """Write best.toml.

    Parameters
    ----------
    best
        The best trial.
    settings
        How every trial trained, except for what is searched.
    path
        The file.
    trials
        All trials, of which it is the best of those that are finished.
    command
        The command that searched.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    finished = sum(trial.state in FINISHED for trial in trials)
    ties = about_ties(trials)
    lines = (
        f"Validation accuracy {best.value:.4f} at epoch {best.user_attrs['epoch']}:"
        f" trial {best.number}, the best of {finished}.",
        *([ties] if ties else []),
        marks.SETTINGS,
        f"Found by: {' '.join(command.split())}",
    )
    comment = "".join(f"# {line}\n" for line in lines)
    text = f"{comment}\n{to_toml(with_values(settings, best.params))}"
    write(path, text.encode(), FIX)
