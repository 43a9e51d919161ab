"""What happens in a training step, and how the learning rate changes."""

from __future__ import annotations

import math
from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mien import nets
from mien.data.votes import COLUMNS
from mien.settings import TrainSettings
from mien.training.batches import Batch, epoch_seed
from mien.training.distillation import Teacher
from mien.training.distributed import ALONE, Processes

_APART = 10_000_019
"""Distance between the seeds of processes; more than a training has epochs."""

WARM_UP = 0.25
"""Share of a one-cycle training in which the learning rate rises."""


class Learner(lightning.LightningModule):
    """A network that learns by categorical cross-entropy with Adam.

    Parameters
    ----------
    settings
        How to train.
    steps
        Number of steps of the whole training, for the one-cycle schedule.
    shares
        Each class's share of the Training faces, ``float32 [K]``: one logit for each, and the
        frequencies for ``settings.logit_adjustment``.
    initial
        A network of the same build that provides the initial weights; random ones if None.
    teacher
        The networks to distill from, beside the labels.
    processes
        The processes that train this network together.
    """

    _adjustment: Tensor

    def __init__(
        self,
        settings: TrainSettings,
        steps: int,
        shares: Tensor,
        initial: nn.Module | None = None,
        teacher: Teacher | None = None,
        processes: Processes = ALONE,
    ) -> None:
        super().__init__()
        torch.manual_seed(settings.seed)
        self.net = nets.build(
            settings.net, settings.model_dump(), spec=settings.input_spec, classes=len(shares)
        )
        if initial is not None:
            self.net.load_state_dict(initial.state_dict())
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.vote_head = _vote_head(self.net) if settings.ferplus else None
        self._average = _average(self.net, settings.ema_decay) if settings.ema_decay else None
        self._vote_average = (
            _average(self.vote_head, settings.ema_decay)
            if settings.ema_decay and self.vote_head is not None
            else None
        )
        # A class without Training faces has no frequency to adjust for.
        adjustment = settings.logit_adjustment * shares.clamp(min=1e-6).log()
        self.register_buffer("_adjustment", adjustment, persistent=False)
        self.settings = settings
        self.steps = steps
        self._teacher = teacher
        self._plateau: ReduceLROnPlateau | None = None
        self._plateau_state: dict[str, Any] | None = None
        self._sums: dict[str, Tensor] = {}
        self._processes = processes

    @property
    def validated(self) -> nn.Module:
        """The network that is validated and saved: the moving average where there is one."""
        if self._average is None:
            return self.net
        average: nn.Module = self._average.module
        return average

    @property
    def validated_vote_head(self) -> nn.Module | None:
        """The vote head that goes with `validated`; None without votes."""
        if self._vote_average is None:
            return self.vote_head
        average: nn.Module = self._vote_average.module
        return average

    def configure_optimizers(self) -> Optimizer:
        """Return Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""
        settings = self.settings
        trained = [weight for weight in self.parameters() if weight.requires_grad]
        # Fused: one pass over the weights saves a tenth or more of a step on a CPU.
        optimizer = AdamW(
            trained, settings.learning_rate, weight_decay=settings.weight_decay, fused=True
        )
        if settings.schedule == "plateau":
            self._plateau = ReduceLROnPlateau(
                optimizer, factor=settings.plateau_factor, patience=settings.plateau_patience
            )
            if self._plateau_state:
                self._plateau.load_state_dict(self._plateau_state)
        return optimizer

    def on_train_epoch_start(self) -> None:
        """Seed dropout by epoch, so that a resumed epoch is the same, and by process."""
        seed = epoch_seed(self.settings.seed, self.current_epoch)
        torch.manual_seed(seed + _APART * self._processes.rank)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Set the one-cycle learning rate of this step."""
        if self.settings.schedule == "one-cycle":
            rate = self.settings.learning_rate * one_cycle(self.global_step, self.steps)
            for optimizer in self.trainer.optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = rate

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of one batch."""
        logits, votes = self.answer(batch.faces)
        # Adding the log frequencies here keeps them out of the logits themselves, which favours
        # rare classes (logit adjustment, Menon et al. 2021).
        targets = batch.labels if batch.targets is None else batch.targets
        loss = functional.cross_entropy(
            logits + self._adjustment, targets, label_smoothing=self.settings.label_smoothing
        )
        self._count("train", loss.detach(), logits, batch.labels)
        if self._teacher is not None:
            share = self.settings.distill_weight
            taught = self._teacher(batch.faces)
            soft = distillation(logits, taught, self._teacher.temperature)
            loss = (1 - share) * loss + share * soft
        if votes is None or batch.votes is None:
            return loss
        return loss + self.settings.ferplus_weight * functional.cross_entropy(votes, batch.votes)

    def answer(self, faces: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the logits of the classes, and those of FER+'s votes where these are learnt."""
        if self.vote_head is None:
            return self.net(faces), None
        features = self.net[:-1](faces)
        return self.net[-1](features), self.vote_head(features)

    def on_train_batch_end(self, *rest: Any) -> None:
        """Update the moving averages."""
        if self._average is not None:
            self._average.update_parameters(self.net)
        if self._vote_average is not None:
            assert self.vote_head is not None
            self._vote_average.update_parameters(self.vote_head)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Count the loss and the correct answers of one batch."""
        # Of several processes, the last may have no face of the last batch.
        if not len(batch.labels):
            return
        logits = self.validated(batch.faces)
        loss = functional.cross_entropy(logits, batch.labels)
        self._count("val", loss, logits, batch.labels)

    def on_validation_epoch_end(self) -> None:
        """Log the metrics of the epoch, and lower the learning rate on a plateau."""
        if self.trainer.sanity_checking:
            self._sums.clear()
            return
        sums = {
            key: self.trainer.strategy.reduce(value, reduce_op="sum")
            for key, value in self._sums.items()
        }
        metrics = {
            f"{half}_{name}": sums[f"{half}_{name}"] / sums[f"{half}_count"]
            for half in ("train", "val")
            for name in ("loss", "accuracy")
        }
        self._sums.clear()
        self.log_dict(metrics)
        if self._plateau is not None:
            self._plateau.step(metrics["val_loss"].item())

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Save the state of the plateau schedule."""
        if self._plateau is not None:
            checkpoint["plateau"] = self._plateau.state_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore the state of the plateau schedule.

        Checkpoints of earlier versions of mien have no average of the vote head, which then goes on
        from the head as it is.
        """
        state = checkpoint["state_dict"]
        if self._vote_average is not None and "_vote_average.n_averaged" not in state:
            state["_vote_average.n_averaged"] = state["_average.n_averaged"].clone()
            for name in ("weight", "bias"):
                state[f"_vote_average.module.{name}"] = state[f"vote_head.{name}"].clone()
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


def distillation(logits: Tensor, taught: Tensor, temperature: float) -> Tensor:
    """Return the cross-entropy with a teacher's answers, scaled like one of temperature 1.

    Gradients shrink with the square of the temperature, so the loss is multiplied by it (Hinton
    et al. 2015).

    Parameters
    ----------
    logits
        ``float32 [B, K]``.
    taught
        The teacher's probabilities at the temperature, ``float32 [B, K]``.
    temperature
        What the logits are divided by.
    """
    return functional.cross_entropy(logits / temperature, taught) * temperature**2


def _average(net: nn.Module, decay: float) -> AveragedModel:
    """Return the exponential moving average of a network, batch statistics included.

    The decay grows from 0.1 to its full value: a variance starts at 1 whatever the data, and
    would otherwise distort the average for thousands of steps.
    """

    def rule(kept: Any, now: Any, steps: Tensor | int) -> None:
        grown = (1 + int(steps)) / (10 + int(steps))
        get_ema_multi_avg_fn(min(decay, grown))(kept, now, steps)  # type: ignore[no-untyped-call]

    average = AveragedModel(net, multi_avg_fn=rule, use_buffers=True)
    average.requires_grad_(False)
    return average


def _vote_head(net: nn.Sequential) -> nn.Linear:
    """Return a second output layer for FER+'s ten kinds of vote (after Barsoum et al. 2016)."""
    last = net[-1]
    assert isinstance(last, nn.Linear)
    return nn.Linear(last.in_features, len(COLUMNS))


def one_cycle(step: int, steps: int) -> float:
    """Return the learning rate of a step as a share of its peak (after Smith and Topin 2018).

    A cosine rises from 1/25 to 1 over `WARM_UP` of the steps, and another falls from there to 0.
    """
    peak = WARM_UP * steps
    if step < peak:
        return 1 / 25 + (1 - 1 / 25) * _half_cosine(step / peak)
    return 1 - _half_cosine(min(1.0, (step - peak) / max(1.0, steps - peak)))


def _half_cosine(part: float) -> float:
    """Rise smoothly from 0 at 0 to 1 at 1."""
    return 0.5 - 0.5 * math.cos(math.pi * part)
