"""Draws the study's figures as files, each as PNG and SVG."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mien import nets
from mien.classes import NAMES
from mien.data import Samples
from mien.data.figures import draw_counts, draw_samples
from mien.errors import require
from mien.evaluation.results import Range
from mien.figures import (
    INK,
    KINDS,
    ONE,
    SOFT,
    TWO,
    draw_training,
    new_figure,
    save,
    strip_axes,
    title,
)
from mien.files import make_folder, replace
from mien.study.ablations import Ablated, Ablations, known
from mien.study.layers import Layer, blocks, layers, shape
from mien.study.results import ELSEWHERE, Measured, Study

SAMPLES = "samples"
"""The one figure that shows faces."""

Draw = Callable[..., object]
"""Writes a figure to a file, as the ``kind`` that is named."""


def draw_study(study: Study, samples: Samples | None, folder: Path) -> list[Path]:
    """Draw everything that the study's numbers show; give the files.

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
    return _write(folder, dict(_study(study, samples)))


def draw_ablations(found: Ablations, folder: Path) -> list[Path]:
    """Draw one figure for each thing that was changed; give the files."""
    drawn = {
        f"ablation-{each.name}": functools.partial(_ablation, each, found)
        for each in found.ablated
    }
    return _write(folder, drawn)


def _study(study: Study, samples: Samples | None) -> Iterator[tuple[str, Draw]]:
    yield "counts", functools.partial(draw_counts, study.data.counts)
    if samples is not None:
        yield SAMPLES, functools.partial(draw_samples, samples)
    for each in study.models:
        yield f"curves-{each.name}", functools.partial(_curves, each)
        yield f"confusion-{each.name}", functools.partial(_confusion, each)
    lobonet = next((each for each in study.models if each.name == "lobonet"), None)
    if lobonet is not None:
        yield "layers-lobonet", functools.partial(_layers, lobonet)
    yield "compared", functools.partial(_compared, study)


def _write(folder: Path, drawn: Mapping[str, Draw]) -> list[Path]:
    make_folder(folder, ELSEWHERE)
    files = []
    for name, draw in drawn.items():
        for kind in KINDS:
            files.append(folder / f"{name}{kind}")
            replace(files[-1], functools.partial(draw, kind=kind), ELSEWHERE)
    return files


def _curves(each: Measured, file: Path, kind: str) -> None:
    save(draw_training([epoch.model_dump() for epoch in each.epochs], each.name), file, kind)


def _confusion(each: Measured, file: Path, kind: str) -> None:
    """Draw which class was taken for which, in percent of the true class."""
    matrix = np.array(each.scores.confusion, dtype=float)
    shares = matrix / np.maximum(1, matrix.sum(axis=1, keepdims=True))
    figure = new_figure(6.4, 5.6)
    axes = figure.subplots()
    colours = require("matplotlib.colors", "train").LinearSegmentedColormap.from_list(
        "share", ("#f6f6f4", "#1d4e79")
    )
    axes.pcolormesh(shares, cmap=colours, vmin=0, vmax=1, edgecolors="white", linewidth=2)
    for (row, column), share in np.ndenumerate(shares):
        ink = "white" if share > 0.5 else INK
        place = (column + 0.5, row + 0.5)
        axes.text(*place, f"{100 * share:.0f}", ha="center", va="center", color=ink)
    middles = np.arange(len(NAMES)) + 0.5
    axes.set_xticks(middles, NAMES)
    axes.set_yticks(middles, NAMES)
    axes.invert_yaxis()
    axes.set(xlabel="said", ylabel="true")
    strip_axes(axes, "top", "right", "bottom", "left")
    title(axes, f"{each.name} on PublicTest, in percent of each true class")
    save(figure, file, kind)


def _compared(study: Study, file: Path, kind: str) -> None:
    """Draw each network's test peaks, reported and measured."""
    figure = new_figure(8, 0.7 * len(study.models) + 1.4)
    axes = figure.subplots()
    for row, each in enumerate(study.models):
        middle, reach = each.peak_test, _reach(each.peak_test, each.peak_interval)
        axes.barh(row - 0.2, middle, 0.36, xerr=reach, color=ONE, ecolor=INK, capsize=3)
        axes.text(each.peak_interval[1] + 0.01, row - 0.2, f"{middle:.3f}", va="center", color=INK)
        told = each.reported.test if each.reported else None
        if told is not None:
            axes.barh(row + 0.2, told, 0.36, color=TWO)
            axes.text(told + 0.01, row + 0.2, f"{told:.2f}", va="center", color=INK)
        elif each.reported:
            axes.text(0.01, row + 0.2, "no number reported", va="center", color=SOFT, fontsize=9)
    axes.set_yticks(range(len(study.models)), [each.name for each in study.models])
    axes.set(xlim=(0, 1), ylim=(len(study.models) - 0.4, -0.6))
    strip_axes(axes)
    patch = require("matplotlib.patches", "train").Patch
    handles = [patch(color=ONE, label="measured here, PublicTest, 95% interval"),
               patch(color=TWO, label="reported by the study")]  # fmt: skip
    figure.legend(handles=handles, frameon=False, ncols=2, fontsize=9, loc="outside lower center")
    title(axes, "Peak test accuracy")
    save(figure, file, kind)


def _reach(middle: float, interval: Range) -> list[list[float]]:
    """Give how far an interval reaches down and up, as matplotlib wants it.

    At an accuracy of 1 the interval ends a rounding error below it.
    """
    low, high = interval
    return [[max(0.0, middle - low)], [max(0.0, high - middle)]]


def _layers(each: Measured, file: Path, kind: str) -> None:
    """Draw the layers, a box a block, from input to output."""
    found = layers(nets.build(each.card.architecture, each.card.recipe))
    parted = blocks(found)
    rows = len(found) + 0.7 * len(parted)
    figure = new_figure(6, 0.23 * rows + 0.6)
    axes = figure.subplots()
    axes.set(xlim=(0, 10), ylim=(rows, -1.2))
    axes.set_axis_off()
    for place, side, text in ((0.3, "left", "layer"), (6.6, "right", "output"),
                              (9.7, "right", "parameters")):  # fmt: skip
        axes.text(place, -0.6, text, ha=side, color=SOFT, fontsize=9)
    top = 0.0
    for box in parted:
        _box(axes, box, top)
        top += len(box) + 0.7
    total = sum(layer.parameters for layer in found)
    title(axes, f"{each.name}: {len(found)} layers, {total:,} parameters")
    save(figure, file, kind)


def _box(axes: Any, box: Sequence[Layer], top: float) -> None:
    patch = require("matplotlib.patches", "train").FancyBboxPatch
    colour = ONE if len(box[0].shape) > 1 else TWO
    shape_of = "round,pad=0,rounding_size=0.15"
    for fill, share in ((colour, 0.12), ("none", 1.0)):
        axes.add_patch(patch((0.05, top), 9.9, len(box) + 0.2, boxstyle=shape_of, facecolor=fill,
                             edgecolor=colour, alpha=share, mutation_aspect=2.4))  # fmt: skip
    if top:
        axes.plot([5, 5], [top - 0.5, top], color=SOFT, lw=1)
    for row, layer in enumerate(box):
        line = {"y": top + row + 0.6, "va": "center", "fontsize": 9, "color": INK}
        weight = "bold" if layer.learns else "normal"
        axes.text(0.3, s=layer.name, fontweight=weight, **line)
        axes.text(6.6, s=shape(layer), ha="right", **line)
        if layer.parameters:
            axes.text(9.7, s=f"{layer.parameters:,}", ha="right", **line)


def _ablation(each: Ablated, found: Ablations, file: Path, kind: str) -> None:
    """Draw each value's accuracies as dots beside their mean with its interval."""
    ablation = known(each.name)
    figure = new_figure(7, 4)
    axes = figure.subplots()
    for place, point in enumerate(each.points):
        beside = np.full(len(point.accuracies), place + 0.16)
        axes.plot(beside, point.accuracies, ".", color=TWO, label=None if place else "one seed")
        reach = _reach(point.mean, point.interval or (point.mean, point.mean))
        axes.errorbar(place, point.mean, reach, fmt="o", color=ONE, capsize=4,
                      label=None if place else _mean_label(found.seeds))  # fmt: skip
    names = [ablation.shown(point.value).replace(" ", "\n") for point in each.points]
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set(xlabel=ablation.title, ylabel="accuracy on PublicTest")
    axes.grid(axis="y", alpha=0.3)
    strip_axes(axes)
    axes.legend(frameon=False, loc="best")
    title(axes, f"{ablation.title}: {found.subset:.0%} of the Training faces, {found.epochs} epochs")
    save(figure, file, kind)


def _mean_label(seeds: int) -> str:
    return f"mean, 95% t interval over {seeds} seeds" if seeds > 1 else "one seed, no interval"
