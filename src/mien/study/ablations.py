"""Changes one thing of lobonet at a time, which the study asked for but did not isolate."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from mien.settings import StudySettings, TrainSettings

BASE: Mapping[str, Any] = {
    "net": "lobonet",
    "schedule": "one-cycle",
    "learning_rate": 0.002,
    "patience": 0,
    "monitor": "val_accuracy",
}
"""Settings of every training; a rate that goes up and down needs no early stopping."""

SUBSET, EPOCHS = 0.1, 12
"""Share of the Training faces and number of epochs, unless others are asked for."""


@dataclasses.dataclass(frozen=True)
class Ablation:
    """One thing that is changed."""

    name: str
    """As ``--ablate`` takes it."""
    title: str
    about: str
    """What it asks, in a sentence."""
    base: str
    """The value that lobonet has."""
    values: Mapping[str, Mapping[str, Any]]
    """Settings by value, in the order in which they are shown."""

    def shown(self, value: str) -> str:
        """Write a value for a reader."""
        word = {"true": "on", "false": "off"}.get(value, value)
        return f"{word} (lobonet)" if value == self.base else word

    def run_name(self, value: str, seed: int) -> str:
        """Name a run; all ablations share those of the base."""
        what = "base" if value == self.base else f"{self.name.replace('-', '_')}-{value}"
        return f"{what}-{seed}"


def _numbers(key: str, *values: float) -> dict[str, dict[str, Any]]:
    return {str(value): {key: value} for value in values}


ABLATIONS = (
    Ablation(
        "normalise",
        "Batch normalisation",
        "Does lobonet need its batch normalisation?",
        "true",
        {"true": {}, "false": {"normalise": False}},
    ),
    Ablation(
        "dropout",
        "Dropout rate",
        "How many values should be dropped while it learns, from none to a half?",
        "0.1",
        _numbers("dropout", 0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
    ),
    Ablation(
        "augmentation",
        "Augmentation",
        "Do mirrored and zoomed faces help?",
        "true",
        {"true": {}, "false": {"flip": False, "zoom": 0.0}},
    ),
    Ablation(
        "batch-size",
        "Batch size",
        "How many faces should a step see? The learning rate stays the same, so a larger batch"
        " takes fewer steps of the same size.",
        "32",
        _numbers("batch_size", 16, 32, 64, 128, 256),
    ),
    Ablation(
        "layers",
        "Number of convolutions",
        "How deep should it be? Each further convolution that is pooled has twice the channels.",
        "4",
        _numbers("layers", 2, 3, 4, 5, 6),
    ),
)


def known(name: str) -> Ablation:
    """Find an ablation."""
    return next(each for each in ABLATIONS if each.name == name)


def asked(name: str) -> tuple[Ablation, ...]:
    """Give the ablations that ``--ablate`` names."""
    return tuple(each for each in ABLATIONS if name in (each.name, "all"))


def trainings(wanted: StudySettings, ablations: Sequence[Ablation]) -> list[TrainSettings]:
    """Plan the trainings of ablations, each once, seed by seed."""
    planned = {
        each.name: each
        for ablation in ablations
        for seed in range(wanted.seeds)
        for each in variants(wanted, ablation, seed).values()
    }
    return list(planned.values())


def variants(wanted: StudySettings, ablation: Ablation, seed: int) -> dict[str, TrainSettings]:
    """Give the settings of a seed's trainings by value."""
    shared = {
        **BASE,
        "out": wanted.out / "ablations",
        "subset": wanted.subset or SUBSET,
        "epochs": wanted.epochs or EPOCHS,
        "seed": seed,
        "precision": wanted.precision,
    }
    return {
        value: TrainSettings(**{**shared, **changed, "name": ablation.run_name(value, seed)})
        for value, changed in ablation.values.items()
    }
