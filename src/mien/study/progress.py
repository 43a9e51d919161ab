"""Shows the progress of several trainings in a row, and the most time that is left."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from lightning import Trainer
from lightning.pytorch.callbacks import Callback

from mien import nets
from mien.report.html import duration
from mien.settings import TrainSettings
from mien.training.run import Run

_BACKWARD = 3
"""Cost of a training step in forward passes: one forward, and a backward pass that costs two."""


@dataclasses.dataclass(frozen=True)
class Work:
    """One training."""

    run: Run
    epochs: int
    """Most epochs."""
    cost: float
    """Multiply-adds of an epoch."""

    @classmethod
    def of(cls, settings: TrainSettings, faces: int, validation: int) -> Work:
        """Estimate what a training costs; ``faces`` are the Training faces before the subset."""
        spec = settings.input_spec
        macs = nets.macs(nets.build(settings.net, settings.model_dump(), spec=spec), spec)
        seen = _BACKWARD * faces * settings.subset + validation
        return cls(Run(settings.out / str(settings.name)), settings.epochs, macs * seen)


class Clock:
    """Estimates the time left from the duration of the finished epochs.

    Until a network has a finished epoch of its own, its epochs are assumed to take time in
    proportion to their multiply-adds. Early stopping may end a training sooner, so this is an
    upper bound.
    """

    def __init__(self, works: Sequence[Work]) -> None:
        self._works = list(works)

    @property
    def total(self) -> float:
        """Multiply-adds of all trainings."""
        return sum(work.cost * work.epochs for work in self._works)

    def done(self, number: int, share: float) -> float:
        """Return all multiply-adds done after ``share`` epochs of training ``number``."""
        before = sum(work.cost * work.epochs for work in self._works[:number])
        return before + self._works[number].cost * share

    def left(self, number: int) -> float | None:
        """Return the most seconds left while training ``number`` runs; None if unknown."""
        spent = [[row["seconds"] for row in work.run.rows()] for work in self._works]
        pairs = list(zip(self._works, spent, strict=True))
        cost = sum(work.cost * len(seconds) for work, seconds in pairs)
        if not cost:
            return None
        rate = sum(map(sum, spent)) / cost
        left = 0.0
        for work, seconds in pairs[number:]:
            # A finished run may have stopped early.
            if not work.run.finished:
                epoch = sum(seconds) / len(seconds) if seconds else rate * work.cost
                left += epoch * max(0, work.epochs - len(seconds))
        return left


class StudyProgress(Callback):
    """Shows a bar over all trainings on a terminal, and a line for each epoch everywhere."""

    def __init__(self, clock: Clock, number: int, work: Work, label: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._clock, self._number, self._work, self._label = clock, number, work, label
        self._console = Console(stderr=True, soft_wrap=True)
        columns = "{task.description}", "{task.percentage:3.0f}% of all", "{task.fields[left]}"
        text = [TextColumn(column) for column in columns]
        self._bar = Progress(
            text[0], BarColumn(), *text[1:],
            console=self._console, disable=not self._console.is_terminal,
        )  # fmt: skip
        self._finished = 0
        self._steps = 1

    def on_train_start(self, trainer: Trainer, pl_module: Any) -> None:
        """Show the bar, from where a resumed run continues."""
        self._finished, self._steps = trainer.current_epoch, int(trainer.num_training_batches)
        self._task = self._bar.add_task(self._label, total=self._clock.total, left=self._left())
        self._bar.start()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Advance by a step."""
        share = self._finished + (batch_idx + 1) / self._steps
        self._bar.update(self._task, completed=self._clock.done(self._number, share))

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Print the epoch's line; its row is in metrics.csv by now."""
        self._finished = trainer.current_epoch + 1
        row, left = self._work.run.rows()[-1], self._left()
        self._bar.update(self._task, left=left)
        self._console.print(
            f"{self._label}, epoch {self._finished} of {self._work.epochs}: accuracy"
            f" {row['train_accuracy']:.4f} train, {row['val_accuracy']:.4f} PublicTest;"
            f" {left}",
            highlight=False,
            markup=False,
        )

    def teardown(self, trainer: Trainer, pl_module: Any, stage: str) -> None:
        """Remove the bar, after an interruption too."""
        self._bar.stop()

    def _left(self) -> str:
        seconds = self._clock.left(self._number)
        return "" if seconds is None else f"at most {duration(seconds)} left"
