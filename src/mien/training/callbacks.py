"""What happens around the epochs: the log, the checkpoints, the progress bar."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from lightning import Trainer
from lightning.pytorch.callbacks import Callback
from safetensors.torch import save as to_safetensors
from torch import Tensor

from mien.training.run import Run, keep


def _metric(trainer: Trainer, name: str) -> float:
    return float(trainer.callback_metrics[name])


class MetricsLog(Callback):
    """Writes a row of metrics.csv after each epoch, before the checkpoint that relies on it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._started = 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: Any) -> None:
        """Start the clock."""
        self._started = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Replace the rows from this epoch on, as a killed run may have left one."""
        epoch = trainer.current_epoch + 1
        rows = [row for row in self._run.rows() if row["epoch"] < epoch]
        names = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
        rows.append(
            {"epoch": epoch}
            | {name: round(_metric(trainer, name), 6) for name in names}
            | {"learning_rate": _rate(trainer)}
            | {"seconds": round(time.perf_counter() - self._started, 2)}
        )
        self._run.write_rows(rows)


class Checkpoints(Callback):
    """Saves the best epoch's weights and the last epoch's complete state.

    Parameters
    ----------
    run
        The folder to save them in.
    monitor
        ``val_loss`` or ``val_accuracy``: the metric that selects the best epoch.
    data_sha256
        SHA-256 of the data, which a resumed run must have too.
    vote_shares
        Each kind's share of FER+'s votes, ``float32 [10]``, where these are learnt.
    """

    def __init__(
        self, run: Run, monitor: str, data_sha256: str, vote_shares: Tensor | None = None
    ) -> None:
        self._run = run
        self._monitor = monitor
        self._data_sha256 = data_sha256
        self._vote_shares = vote_shares
        self.best_epoch = -1
        self.best_metrics: dict[str, float] = {}
        self.stopped = False

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Save the epoch, after its validation and early stopping."""
        metrics = {name: _metric(trainer, name) for name in ("val_loss", "val_accuracy")}
        if not self.best_metrics or self._better(metrics):
            self.best_epoch, self.best_metrics = trainer.current_epoch, metrics
            if trainer.is_global_zero:
                self._keep_best(pl_module)
        self.stopped = trainer.should_stop
        if trainer.is_global_zero:
            keep(self._run.last, trainer.save_checkpoint)
        else:
            # Writes nothing, but the processes wait for one another here.
            trainer.save_checkpoint(self._run.last)

    def _keep_best(self, pl_module: Any) -> None:
        """Write the weights that were validated in this epoch, the vote head's first."""
        head = pl_module.validated_vote_head
        if head is not None and self._vote_shares is not None:
            _write(self._run.votes, head.state_dict() | {"shares": self._vote_shares})
        _write(self._run.best, pl_module.validated.state_dict())

    def _better(self, metrics: dict[str, float]) -> bool:
        sign = 1 if self._monitor == "val_accuracy" else -1
        return sign * metrics[self._monitor] > sign * self.best_metrics[self._monitor]

    def state_dict(self) -> dict[str, Any]:
        """Return what `load_state_dict` needs."""
        return {
            "best_epoch": self.best_epoch,
            "best_metrics": self.best_metrics,
            "stopped": self.stopped,
            "data_sha256": self._data_sha256,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the best epoch of the resumed run."""
        self.best_epoch = state_dict["best_epoch"]
        self.best_metrics = state_dict["best_metrics"]
        self.stopped = state_dict["stopped"]


def _write(path: Path, state: dict[str, Tensor]) -> None:
    """Write weights as safetensors."""
    weights = {key: value.contiguous() for key, value in state.items()}
    # Not with save_file, whose error on a full disk is not an OSError.
    keep(path, lambda part: part.write_bytes(to_safetensors(weights)))


class Progress(Callback):
    """Shows a bar with the time left, and a line for each epoch; only lines without a terminal.

    Parameters
    ----------
    net
        Name of the network.
    validation
        What the lines call the validation faces.
    """

    def __init__(self, net: str, validation: str = "validation") -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._net = net
        self._validation = validation
        self._console = Console(stderr=True, soft_wrap=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f}%"),
            TimeRemainingColumn(),
            TextColumn("left at most"),
            console=self._console,
            disable=not self._console.is_terminal,
        )

    def on_train_start(self, trainer: Trainer, pl_module: Any) -> None:
        """Show the bar; that of a resumed run starts where it resumes."""
        steps = int(trainer.num_training_batches)
        total = steps * (trainer.max_epochs or 1)
        self._task = self._bar.add_task(
            self._net, total=total, completed=steps * trainer.current_epoch
        )
        self._bar.start()

    def on_train_batch_end(self, trainer: Trainer, *rest: Any) -> None:
        """Advance by a step."""
        self._bar.advance(self._task)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Print the epoch's line."""
        accuracy, loss = (
            f"{_metric(trainer, f'train_{name}'):.4f} train, {_metric(trainer, f'val_{name}'):.4f}"
            for name in ("accuracy", "loss")
        )
        self._console.print(
            f"{self._net} epoch {trainer.current_epoch + 1}/{trainer.max_epochs}:"
            f" accuracy {accuracy} {self._validation}; loss {loss} {self._validation};"
            f" rate {_rate(trainer):.2g}",
            highlight=False,
        )

    def teardown(self, trainer: Trainer, pl_module: Any, stage: str) -> None:
        """Remove the bar, also after an interruption."""
        self._bar.stop()


def _rate(trainer: Trainer) -> float:
    """Return the current learning rate."""
    return float(trainer.optimizers[0].param_groups[0]["lr"])
