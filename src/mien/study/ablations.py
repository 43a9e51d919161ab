"""Changes one thing of lobonet at a time, which the study asked for but did not isolate."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mien.evaluation.results import Range, Result
from mien.settings import StudySettings, TrainSettings
from mien.study.results import Made
from mien.training.fit import differing_settings
from mien.training.run import Run

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


T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""The t distribution's 97.5% points for 1 to 9 degrees of freedom (Student 1908)."""


class Point(Result):
    """One value of what is changed."""

    value: str
    accuracies: tuple[float, ...]
    """The best epoch's on PublicTest, a seed each."""
    change: float | None
    """Mean difference to the base over the seeds; None for the base."""
    change_interval: Range | None
    """Its 95% interval; None for the base and where there is one seed."""
    parameters: int
    macs: int
    seconds: float
    """Mean time of a training."""

    @property
    def mean(self) -> float:
        """The mean accuracy."""
        return statistics.fmean(self.accuracies)

    @property
    def interval(self) -> Range | None:
        """The mean's 95% t interval over the seeds; None where there is one."""
        return t_interval(self.accuracies)


class Ablated(Result):
    """What was measured of one thing that is changed."""

    name: str
    base: str
    points: tuple[Point, ...]


class Ablations(Result):
    """All that was measured."""

    subset: float
    epochs: int
    seeds: int
    sha256: str
    """Of the data."""
    precision: str
    """What the numbers were multiplied in."""
    ablated: tuple[Ablated, ...]
    made: Made


def collect(wanted: StudySettings, sha256: str, made: Made) -> Ablations:
    """Read the finished runs; an ablation of which one is missing is left out."""
    whole = [
        (ablation, planned)
        for ablation in ABLATIONS
        for planned in [[variants(wanted, ablation, seed) for seed in range(wanted.seeds)]]
        if all(_is_done(each, sha256) for seed in planned for each in seed.values())
    ]
    runs = [each for _, planned in whole for seed in planned for each in seed.values()]
    return Ablations(
        subset=wanted.subset or SUBSET,
        epochs=wanted.epochs or EPOCHS,
        seeds=wanted.seeds,
        sha256=sha256,
        precision=precision(_run(each).record().recipe for each in runs),
        ablated=tuple(_read(ablation, planned) for ablation, planned in whole),
        made=made,
    )


def precision(recipes: Iterable[Mapping[str, Any]]) -> str:
    """Name what numbers were multiplied in."""
    named = {recipe.get("precision") or "the machine's own precision" for recipe in recipes}
    return " and ".join(sorted(named))


def _run(settings: TrainSettings) -> Run:
    return Run(settings.out / str(settings.name))


def _is_done(settings: TrainSettings, sha256: str) -> bool:
    run = _run(settings)
    return (
        run.finished
        and not differing_settings(run, settings)
        and run.record().data.sha256 == sha256
    )


def _read(ablation: Ablation, planned: Sequence[Mapping[str, TrainSettings]]) -> Ablated:
    runs = {
        value: [_run(seed[value]) for seed in planned] for value in ablation.values
    }
    found = {
        value: [run.record().best.val_accuracy for run in each]
        for value, each in runs.items()
    }
    points = [_point(ablation, value, runs[value], found) for value in ablation.values]
    return Ablated(name=ablation.name, base=ablation.base, points=tuple(points))


def _point(
    ablation: Ablation, value: str, runs: Sequence[Run], found: Mapping[str, Sequence[float]]
) -> Point:
    # By seed: the same seed draws the same faces, so what these are worth cancels out.
    changes = [a - b for a, b in zip(found[value], found[ablation.base], strict=True)]
    base, card = value == ablation.base, runs[0].record()
    seconds = [sum(row["seconds"] for row in run.rows()) for run in runs]
    return Point(
        value=value,
        accuracies=tuple(found[value]),
        change=None if base else statistics.fmean(changes),
        change_interval=None if base else t_interval(changes),
        parameters=card.parameters,
        macs=card.macs,
        seconds=statistics.fmean(seconds),
    )


def t_interval(values: Sequence[float]) -> Range | None:
    """Give the 95% interval of a mean over 2 to 10 values (Student 1908); None for one."""
    if len(values) < 2:
        return None
    half = T95[len(values) - 2] * statistics.stdev(values) / len(values) ** 0.5
    middle = statistics.fmean(values)
    return middle - half, middle + half
