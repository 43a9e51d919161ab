"""What happens in a training step, and how the learning rate moves."""

from __future__ import annotations

import math
from typing import Any

import lightning
import torch
from torch import Tensor
from torch.nn import functional
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from mien import nets
from mien.settings import TrainSettings
from mien.training.batches import epoch_seed

WARM_UP = 0.25
"""Share of a one-cycle training in which the learning rate rises."""


class Learner(lightning.LightningModule):
    """One network learning by categorical cross-entropy with Adam.

    Parameters
    ----------
    settings
        How to train.
    steps
        Steps that the whole training would have, for the one-cycle schedule.
    """

    def __init__(self, settings: TrainSettings, steps: int) -> None:
        super().__init__()
        torch.manual_seed(settings.seed)
        self.net = nets.build(settings.net, settings.dropout)
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.settings = settings
        self.steps = steps
        self._plateau: ReduceLROnPlateau | None = None
        self._plateau_state: dict[str, Any] | None = None
        self._sums: dict[str, Tensor] = {}

    def configure_optimizers(self) -> Optimizer:
        """Make Adam; its weight decay is decoupled (Loshchilov and Hutter 2019)."""
        settings = self.settings
        optimizer = AdamW(
            self.net.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
        )
        if settings.schedule == "plateau":
            self._plateau = ReduceLROnPlateau(
                optimizer, factor=settings.plateau_factor, patience=settings.plateau_patience
            )
            if self._plateau_state:
                self._plateau.load_state_dict(self._plateau_state)
        return optimizer

    def on_train_epoch_start(self) -> None:
        """Seed dropout by the epoch, so that a resumed epoch is the same."""
        torch.manual_seed(epoch_seed(self.settings.seed, self.current_epoch))

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Set the one-cycle learning rate of this step."""
        if self.settings.schedule == "one-cycle":
            rate = self.settings.learning_rate * one_cycle(self.global_step, self.steps)
            for optimizer in self.trainer.optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = rate

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Give the loss of one batch."""
        faces, labels = batch
        logits = self.net(faces)
        loss = functional.cross_entropy(
            logits, labels, label_smoothing=self.settings.label_smoothing
        )
        self._count("train", loss.detach(), logits, labels)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        """Count loss and right answers of one batch."""
        faces, labels = batch
        logits = self.net(faces)
        self._count("val", functional.cross_entropy(logits, labels), logits, labels)

    def on_validation_epoch_end(self) -> None:
        """Report both halves of the epoch, and lower the learning rate on a plateau."""
        if self.trainer.sanity_checking:
            self._sums.clear()
            return
        metrics = {
            f"{half}_{name}": self._sums[f"{half}_{name}"] / self._sums[f"{half}_count"]
            for half in ("train", "val")
            for name in ("loss", "accuracy")
        }
        self._sums.clear()
        self.log_dict(metrics)
        if self._plateau is not None:
            self._plateau.step(metrics["val_loss"].item())

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the plateau's count."""
        if self._plateau is not None:
            checkpoint["plateau"] = self._plateau.state_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take the plateau's count up again."""
        self._plateau_state = checkpoint.get("plateau")
        if self._plateau is not None and self._plateau_state:
            self._plateau.load_state_dict(self._plateau_state)

    def _count(self, half: str, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Add a batch to the sums, without waiting for the device."""
        right = (logits.detach().argmax(dim=1) == labels).sum()
        parts: dict[str, Tensor | int] = {"loss": loss.double() * len(labels), "accuracy": right}
        parts["count"] = len(labels)
        for name, value in parts.items():
            key = f"{half}_{name}"
            self._sums[key] = self._sums.get(key, torch.zeros((), device=loss.device)) + value


def one_cycle(step: int, steps: int) -> float:
    """Give the learning rate of a step as a share of its peak (after Smith and Topin 2018).

    A cosine rises from 1/25 to 1 over `WARM_UP` of the steps, another falls from there to 0.
    """
    peak = WARM_UP * steps
    if step < peak:
        return 1 / 25 + (1 - 1 / 25) * _half_cosine(step / peak)
    return 1 - _half_cosine(min(1.0, (step - peak) / max(1.0, steps - peak)))


def _half_cosine(part: float) -> float:
    """Rise smoothly from 0 at 0 to 1 at 1."""
    return 0.5 - 0.5 * math.cos(math.pi * part)
