"""Everything that a training learns from: faces, FER+'s votes, initial weights, a teacher."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mien import nets
from mien.classes import Vocabulary
from mien.data import Samples
from mien.data.votes import read_votes
from mien.errors import TrainingError
from mien.settings import TrainSettings
from mien.training.distillation import Teacher
from mien.training.record import Validation
from mien.training.run import Run, load_net
from mien.training.samples import TrainingSamples


@dataclasses.dataclass(frozen=True)
class Material:
    """What a training learns from."""

    training: Samples
    """The faces to learn from."""
    validation: Samples
    """The faces that select the epoch."""
    validated_on: Validation
    """Which faces `validation` holds."""
    votes: NDArray[np.int64] | None
    """FER+'s votes for the faces to learn from, ``int64 [N, 10]``, where they are learnt."""
    initial: nn.Module | None
    """The network that provides the initial weights."""
    teacher: Teacher | None
    """The networks to distill from."""
    is_fer2013: bool
    """Whether the data has FER-2013's classes and test splits."""

    @classmethod
    def of(
        cls, settings: TrainSettings, samples: TrainingSamples, begun: bool = False
    ) -> Material:
        """Read what the settings name.

        Parameters
        ----------
        settings
            How to train.
        samples
            The faces.
        begun
            Whether the training is resumed, and so needs no initial weights.

        Raises
        ------
        DataError
            If a split is missing, or the votes do not fit the faces.
        TrainingError
            If the votes, the initial network or the teacher are for other classes or inputs.
        """
        training = samples.split("train").subset(settings.subset, settings.seed)
        initial = None if begun else _initial(settings, samples.vocabulary)
        return cls(
            training,
            samples.split("validation"),
            samples.validation,
            _votes(settings.ferplus, training, samples.split("train")),
            initial,
            _teacher(settings, samples.vocabulary),
            samples.vocabulary.is_fer2013
            and bool({"public", "private"} & set(samples.splits.tolist())),
        )

    def shares(self) -> torch.Tensor:
        """Return the share of each class among the faces to learn from, ``float32 [K]``."""
        return torch.tensor(list(self.training.counts().values())) / len(self.training)

    def vote_shares(self) -> torch.Tensor | None:
        """Return each kind's share of FER+'s votes, ``float32 [10]``; None without votes."""
        if self.votes is None:
            return None
        counts = self.votes[self.votes.any(axis=1)]
        shares = counts / counts.sum(axis=1, keepdims=True)
        return torch.from_numpy(shares.mean(axis=0)).float()


def _votes(
    path: Path | None, training: Samples, beside: Samples
) -> NDArray[np.int64] | None:
    """Read FER+'s votes, which are for FER-2013's faces and classes.

    All faces of the split, of which a part may be learnt from, show whether the votes fit.
    """
    if path is None:
        return None
    if not training.vocabulary.is_fer2013:
        raise TrainingError(
            "FER+'s votes are for the classes of FER-2013, but the classes of this data are"
            f" {training.vocabulary.in_words()}.",
            "Train on this data without ferplus.",
            "ferplus",
        )
    return read_votes(path, "ferplus").of(training, beside)


def _initial(settings: TrainSettings, vocabulary: Vocabulary) -> nn.Module | None:
    """Load the initial network, and check that it is built like the one to be trained."""
    if settings.init_from is None:
        return None
    run = Run.open(settings.init_from)
    _check_classes(run, vocabulary, "init_from")
    initial = load_net(run)
    own = nets.build(
        settings.net,
        settings.model_dump(),
        spec=settings.input_spec,
        classes=len(vocabulary),
    )
    if _shapes(initial) != _shapes(own):
        record = run.record()
        built = {"net": record.architecture, **nets.options(record.architecture, record.recipe)}
        raise TrainingError(
            f"The network of the run {run.folder} is not built like the one to be trained.",
            f"It has {', '.join(f'{key} = {value}' for key, value in built.items())} and takes"
            f" {record.spec} faces.",
            "init_from",
        )
    return initial


def _shapes(net: nn.Module) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in net.state_dict().items()}


def _teacher(settings: TrainSettings, vocabulary: Vocabulary) -> Teacher | None:
    """Load the teachers, and check that they answer for the same classes and inputs."""
    if settings.teacher is None:
        return None
    runs = Teacher.runs(settings.teacher)
    for run in runs:
        _check_classes(run, vocabulary, "teacher")
        if (spec := run.record().spec) != settings.input_spec:
            raise TrainingError(
                f"The teacher {run.folder} takes {spec} faces, but the network to be trained"
                f" {settings.input_spec} ones.",
                "Use a teacher with the same image_size and colour.",
                "teacher",
            )
    return Teacher([load_net(run) for run in runs], settings.distill_temperature)


def _check_classes(run: Run, vocabulary: Vocabulary, setting: str) -> None:
    """Refuse a network that was trained on other classes."""
    own = run.record().vocabulary
    if own.names != vocabulary.names:
        raise TrainingError(
            f"The run {run.folder} was trained on the classes {own.in_words()}, but the data has"
            f" {vocabulary.in_words()}.",
            "Use a run that was trained on the same classes.",
            setting,
        )
