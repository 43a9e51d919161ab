"""Draws the study's figures, for its page and as files."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mien import nets
from mien.classes import FER2013
from mien.data import Samples
from mien.data.figures import draw_counts, draw_samples
from mien.errors import require
from mien.figures import (
    GRID,
    INK,
    KINDS,
    SOFT,
    VALIDATION,
    draw_confusion,
    draw_training,
    new_figure,
    save,
    strip_axes,
    title,
)
from mien.figures.bars import reach_of
from mien.files import make_folder, replace
from mien.study.ablations import ABLATIONS, AblationResult, AblationResults, ablation_named
from mien.study.layers import draw_layers, layers
from mien.study.plan import MODELS, TUNED_MODEL
from mien.study.results import StudyResults, TrainedNetwork
from mien.words import counted

SAMPLES = "samples"
"""The one figure that shows faces."""

Draw = Callable[[], Any]
"""Returns a figure of matplotlib."""


def figure_files() -> list[str]:
    """Return the names of all files that a study and its ablations may write or remove."""
    networks = [model.name for model in (*MODELS, TUNED_MODEL)]
    names = [
        *("counts", SAMPLES, "layers-lobonet", "compared"),
        *(f"{what}-{name}" for what in ("curves", "confusion") for name in networks),
        *(f"ablation-{ablation.name}" for ablation in ABLATIONS),
    ]
    return [f"{name}{kind}" for name in names for kind in KINDS]


def write_study_figures(
    study: StudyResults, samples: Samples | None, folder: Path
) -> list[Path]:
    """Draw everything that the study's numbers show, and return the files.

    Parameters
    ----------
    study
        The numbers.
    samples
        Faces to draw examples from; None draws none, and removes those of an earlier command.
    folder
        Where the figures go.
    """
    if samples is None:
        for kind in KINDS:
            (folder / f"{SAMPLES}{kind}").unlink(missing_ok=True)
    return _write(folder, dict(_study_figures(study, samples)))


def write_ablation_figures(results: AblationResults, folder: Path) -> list[Path]:
    """Draw one figure for each ablation, and return the files."""
    drawings = {
        f"ablation-{ablation.name}": functools.partial(draw_ablation, ablation, results)
        for ablation in results.ablated
    }
    return _write(folder, drawings)


def _study_figures(
    study: StudyResults, samples: Samples | None
) -> Iterator[tuple[str, Draw]]:
    yield "counts", functools.partial(draw_counts, study.data.counts, FER2013)
    if samples is not None:
        yield SAMPLES, functools.partial(draw_samples, samples)
    for network in study.models:
        yield f"curves-{network.name}", functools.partial(draw_curves, network)
        yield f"confusion-{network.name}", functools.partial(draw_network_confusion, network)
    lobonet = next((network for network in study.models if network.name == "lobonet"), None)
    if lobonet is not None:
        yield "layers-lobonet", functools.partial(draw_network_layers, lobonet)
    yield "compared", functools.partial(draw_peaks, study)


def _write(folder: Path, drawings: Mapping[str, Draw]) -> list[Path]:
    make_folder(folder, setting="out")
    files = []
    for name, draw in drawings.items():
        figure = draw()
        for kind in KINDS:
            files.append(folder / f"{name}{kind}")
            replace(files[-1], functools.partial(save, figure, kind=kind), setting="out")
    return files


def draw_curves(network: TrainedNetwork) -> Any:
    """Draw accuracy and loss by epoch."""
    rows = [epoch.model_dump() for epoch in network.epochs]
    return draw_training(rows, network.name, network.record.best.epoch)


def draw_network_confusion(network: TrainedNetwork) -> Any:
    """Draw which class was predicted for which, in percent of the true class."""
    scores, heading = network.scores, f"{network.name} on PublicTest, in percent"
    return draw_confusion(scores.confusion, scores.classes.names, heading)


def draw_network_layers(network: TrainedNetwork) -> Any:
    """Draw the layers, a box a block, from input to output."""
    record = network.record
    net = nets.build(
        record.architecture, record.recipe, spec=record.spec, classes=len(record.classes)
    )
    return draw_layers(network.name, layers(net))


def draw_peaks(study: StudyResults) -> Any:
    """Draw each network's highest test accuracy, reported and measured.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(5, 0.62 * len(study.models) + 1.2)
    axes = figure.subplots()
    for row, network in enumerate(study.models):
        _draw_peak(axes, row, network)
    axes.set_yticks(range(len(study.models)), [network.name for network in study.models])
    axes.tick_params(labelsize=9)
    axes.set(xlim=(0, 1), ylim=(len(study.models) - 0.4, -0.6))
    strip_axes(axes)
    patch = require("matplotlib.patches", "train").Patch
    handles = [patch(color=VALIDATION, label="measured here, PublicTest, 95% interval"),
               patch(color=SOFT, label="reported by the study")]  # fmt: skip
    figure.legend(handles=handles, frameon=False, fontsize=9, loc="outside lower left",
                  labelcolor=INK)  # fmt: skip
    title(axes, "Peak test accuracy")
    return figure


def _draw_peak(axes: Any, row: int, network: TrainedNetwork) -> None:
    peak, interval = network.peak_test, network.peak_interval
    reach = reach_of(peak, interval)
    axes.barh(row - 0.2, peak, 0.36, xerr=reach, color=VALIDATION, ecolor=INK, capsize=3)
    text = {"va": "center", "color": INK, "fontsize": 9}
    axes.text(interval[1] + 0.02, row - 0.2, f"{peak:.3f}", **text)
    if network.reported is None:
        return
    if network.reported.test is None:
        axes.text(0.01, row + 0.2, "no number reported", **text | {"color": SOFT})
        return
    axes.barh(row + 0.2, network.reported.test, 0.36, color=SOFT)
    axes.text(network.reported.test + 0.02, row + 0.2, f"{network.reported.test:.2f}", **text)


def draw_ablation(ablation: AblationResult, results: AblationResults) -> Any:
    """Draw each value's accuracies as dots beside their mean with its interval.

    Returns
    -------
    matplotlib.figure.Figure
    """
    plan = ablation_named(ablation.name)
    figure = new_figure(5, 3.4)
    axes = figure.subplots()
    for place, point in enumerate(ablation.points):
        beside = np.full(len(point.accuracies), place + 0.16)
        axes.plot(beside, point.accuracies, ".", color=SOFT, label=None if place else "one seed")
        reach = reach_of(point.mean, point.interval or (point.mean, point.mean))
        axes.errorbar(place, point.mean, reach, fmt="o", color=VALIDATION, capsize=4,
                      label=None if place else _mean_label(results.seeds))  # fmt: skip
    names = [plan.shown(point.value).replace(" ", "\n") for point in ablation.points]
    axes.set_xticks(range(len(names)), names)
    axes.tick_params(labelsize=9)
    axes.set_xlim(-0.5, len(names) - 0.5)
    share, epochs = f"{results.subset:.0%} of Training", counted(results.epochs, "epoch")
    axes.set_xlabel(f"{plan.title}; {share}, {epochs}", color=SOFT)
    axes.set_ylabel("accuracy on PublicTest", color=SOFT)
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    strip_axes(axes)
    # Below the axes, where it covers no dot.
    figure.legend(frameon=False, fontsize=9, loc="outside lower left", labelcolor=INK)
    title(axes, plan.title)
    return figure


def _mean_label(seeds: int) -> str:
    return f"mean, 95% t interval over {seeds} seeds" if seeds > 1 else "one seed, no interval"
