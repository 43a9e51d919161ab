"""What was measured of lobonet with one thing changed at a time."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mien.evaluation.report.schema import Part, Range
from mien.settings import StudySettings, TrainSettings
from mien.study.ablations import ABLATIONS, EPOCHS, SUBSET, Ablation, variants
from mien.study.results import Made
from mien.training.run import Run
from mien.training.taken import unlike

T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""The t distribution's 97.5% points for 1 to 9 degrees of freedom (Student 1908)."""


class Point(Part):
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


class Ablated(Part):
    """What was measured of one thing that is changed."""

    name: str
    base: str
    points: tuple[Point, ...]


class Ablations(Part):
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
        precision=precision(_run(each).read_card()["recipe"] for each in runs),
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
        run.card.is_file()
        and not unlike(run, settings)
        and run.read_card()["data"]["sha256"] == sha256
    )


def _read(ablation: Ablation, planned: Sequence[Mapping[str, TrainSettings]]) -> Ablated:
    runs = {
        value: [_run(seed[value]) for seed in planned] for value in ablation.values
    }
    found = {
        value: [run.read_card()["best"]["val_accuracy"] for run in each]
        for value, each in runs.items()
    }
    points = [_point(ablation, value, runs[value], found) for value in ablation.values]
    return Ablated(name=ablation.name, base=ablation.base, points=tuple(points))


def _point(
    ablation: Ablation, value: str, runs: Sequence[Run], found: Mapping[str, Sequence[float]]
) -> Point:
    # By seed: the same seed draws the same faces, so what these are worth cancels out.
    changes = [a - b for a, b in zip(found[value], found[ablation.base], strict=True)]
    base, card = value == ablation.base, runs[0].read_card()
    seconds = [sum(row["seconds"] for row in run.rows()) for run in runs]
    return Point(
        value=value,
        accuracies=tuple(found[value]),
        change=None if base else statistics.fmean(changes),
        change_interval=None if base else t_interval(changes),
        parameters=card["parameters"],
        macs=card["macs"],
        seconds=statistics.fmean(seconds),
    )


def t_interval(values: Sequence[float]) -> Range | None:
    """Give the 95% interval of a mean over 2 to 10 values (Student 1908); None for one."""
    if len(values) < 2:
        return None
    half = T95[len(values) - 2] * statistics.stdev(values) / len(values) ** 0.5
    middle = statistics.fmean(values)
    return middle - half, middle + half
