"""Ablations: lobonet with one thing changed at a time, which the study did not isolate."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mien.evaluation.results import Range, Result
from mien.settings import StudySettings, TrainSettings
from mien.study.results import Provenance
from mien.training.fit import differing_settings
from mien.training.run import Run

BASE: Mapping[str, Any] = {
    "net": "lobonet",
    "schedule": "one-cycle",
    "learning_rate": 0.002,
    "patience": 0,
    "monitor": "val_accuracy",
}
"""Settings of every training; a one-cycle schedule needs no early stopping."""

SUBSET, EPOCHS = 0.1, 12
"""Default share of the Training faces and number of epochs."""


@dataclasses.dataclass(frozen=True, eq=False)
class Ablation:
    """One thing that is changed, and the values that are tried."""

    name: str
    """As the setting ``ablate`` takes it."""
    title: str
    about: str
    """The question, in a sentence."""
    base: str
    """Lobonet's own value."""
    values: Mapping[str, Mapping[str, Any]]
    """Settings by value, in the order of the page."""

    def shown(self, value: str) -> str:
        """Return a value in words."""
        word = {"true": "on", "false": "off"}.get(value, value)
        return f"{word} (lobonet)" if value == self.base else word

    def run_name(self, value: str, seed: int) -> str:
        """Name a run; all ablations share the runs of the base."""
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
        "What share of the values should be dropped in training, from none to half?",
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
        "How many faces should a step see? The learning rate stays the same, so larger batches"
        " take fewer steps of the same size.",
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


def ablation_named(name: str) -> Ablation:
    """Return an ablation by its name."""
    return next(ablation for ablation in ABLATIONS if ablation.name == name)


def selected(name: str) -> tuple[Ablation, ...]:
    """Return the ablations that the setting ``ablate`` selects: one, or all of them."""
    return tuple(ablation for ablation in ABLATIONS if name in (ablation.name, "all"))


def plan_trainings(settings: StudySettings, ablations: Sequence[Ablation]) -> list[TrainSettings]:
    """Plan the trainings of ablations, each once, seed by seed."""
    planned = {
        training.name: training
        for ablation in ablations
        for seed in range(settings.seeds)
        for training in variants(settings, ablation, seed).values()
    }
    return list(planned.values())


def variants(settings: StudySettings, ablation: Ablation, seed: int) -> dict[str, TrainSettings]:
    """Return the settings of one seed's trainings, by the value that is tried."""
    shared = {
        **BASE,
        "out": settings.out / "ablations",
        "subset": settings.subset or SUBSET,
        "epochs": settings.epochs or EPOCHS,
        "seed": seed,
        "precision": settings.precision,
    }
    return {
        value: TrainSettings(**{**shared, **changed, "name": ablation.run_name(value, seed)})
        for value, changed in ablation.values.items()
    }


T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""The t distribution's 97.5% points for 1 to 9 degrees of freedom (Student 1908)."""


class Point(Result):
    """One value that was tried."""

    value: str
    accuracies: tuple[float, ...]
    """Of the best epoch on PublicTest, one a seed."""
    change: float | None
    """Mean difference from the base over the seeds; None for the base."""
    change_interval: Range | None
    """Its 95% interval; None for the base, and with one seed."""
    parameters: int
    macs: int
    seconds: float
    """Mean duration of a training."""

    @property
    def mean(self) -> float:
        """The mean accuracy."""
        return statistics.fmean(self.accuracies)

    @property
    def interval(self) -> Range | None:
        """The mean's 95% t interval over the seeds; None with one seed."""
        return t_interval(self.accuracies)


class AblationResult(Result):
    """What was measured of one ablation."""

    name: str
    base: str
    points: tuple[Point, ...]


class AblationResults(Result):
    """What was measured of all ablations."""

    subset: float
    epochs: int
    seeds: int
    sha256: str
    """Of the data."""
    precision: str
    """What it was computed in."""
    ablated: tuple[AblationResult, ...]
    made: Provenance

    @property
    def enough(self) -> bool:
        """Whether there were faces, epochs and seeds enough to tell values apart."""
        return self.seeds > 1 and self.subset >= SUBSET and self.epochs >= EPOCHS


def collect(settings: StudySettings, sha256: str, made: Provenance) -> AblationResults:
    """Read the finished runs; ablations with a missing run are left out."""
    planned = {
        ablation: [variants(settings, ablation, seed) for seed in range(settings.seeds)]
        for ablation in ABLATIONS
    }
    complete = {
        ablation: seeds
        for ablation, seeds in planned.items()
        if all(_is_done(training, sha256) for seed in seeds for training in seed.values())
    }
    trainings = [training for seeds in complete.values() for seed in seeds for training in
                 seed.values()]  # fmt: skip
    return AblationResults(
        subset=settings.subset or SUBSET,
        epochs=settings.epochs or EPOCHS,
        seeds=settings.seeds,
        sha256=sha256,
        precision=precision(_run(training).record().recipe for training in trainings),
        ablated=tuple(_result(ablation, seeds) for ablation, seeds in complete.items()),
        made=made,
    )


def precision(recipes: Iterable[Mapping[str, Any]]) -> str:
    """Name the precision that was computed in."""
    names = {recipe.get("precision") or "the machine's own precision" for recipe in recipes}
    return " and ".join(sorted(names))


def _run(training: TrainSettings) -> Run:
    return Run(training.out / str(training.name))


def _is_done(training: TrainSettings, sha256: str) -> bool:
    run = _run(training)
    return (
        run.finished
        and not differing_settings(run, training)
        and run.record().data.sha256 == sha256
    )


def _result(
    ablation: Ablation, seeds: Sequence[Mapping[str, TrainSettings]]
) -> AblationResult:
    runs = {value: [_run(seed[value]) for seed in seeds] for value in ablation.values}
    accuracies = {
        value: [run.record().best.val_accuracy for run in by_seed]
        for value, by_seed in runs.items()
    }
    points = [_point(ablation, value, runs[value], accuracies) for value in ablation.values]
    return AblationResult(name=ablation.name, base=ablation.base, points=tuple(points))


def _point(
    ablation: Ablation,
    value: str,
    runs: Sequence[Run],
    accuracies: Mapping[str, Sequence[float]],
) -> Point:
    # By seed: the same seed draws the same faces, so their share of the chance cancels out.
    pairs = zip(accuracies[value], accuracies[ablation.base], strict=True)
    changes = [ours - base for ours, base in pairs]
    is_base, record = value == ablation.base, runs[0].record()
    seconds = [sum(row["seconds"] for row in run.rows()) for run in runs]
    return Point(
        value=value,
        accuracies=tuple(accuracies[value]),
        change=None if is_base else statistics.fmean(changes),
        change_interval=None if is_base else t_interval(changes),
        parameters=record.parameters,
        macs=record.macs,
        seconds=statistics.fmean(seconds),
    )


def t_interval(values: Sequence[float]) -> Range | None:
    """Return the 95% interval of a mean over 2 to 10 values (Student 1908); None for one."""
    if len(values) < 2:
        return None
    half = T95[len(values) - 2] * statistics.stdev(values) / len(values) ** 0.5
    middle = statistics.fmean(values)
    return middle - half, middle + half
