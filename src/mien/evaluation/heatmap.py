"""Draws how a network fares under corruptions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.classes import NAMES as CLASSES
from mien.errors import require

_INK, _SOFT = "#222222", "#666666"
_COLOURS = ("#fbf3e4", "#f3d9a4", "#9fcbb8", "#3f8fa8", "#1d4e79")
"""From chance to the clean accuracy: sand to deep blue, told apart by lightness alone too."""
_DPI = 150
_GAP = 0.25
"""Of a cell, between the clean faces, the severities and their mean."""


def draw_heatmap(result: dict[str, Any], file: Path) -> None:
    """Draw accuracy by corruption and severity, the mildest corruption on top.

    Parameters
    ----------
    result
        What `mien.evaluation.robustness.robustness` gives.
    file
        PNG to write.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    by_name = result["corruptions"]
    order = sorted(by_name, key=lambda name: -by_name[name]["mean_accuracy"])
    table = np.array([_row(result, by_name[name]) for name in order])
    figure = require("matplotlib.figure", "train").Figure(
        figsize=(8, 1.3 + 0.4 * len(order)),
        layout="constrained",
        facecolor="white",
    )
    axes = figure.subplots()
    places = _places(len(result["severities"]))
    _draw_cells(axes, table, places, result["clean"]["accuracy"])
    _finish(axes, result, order, places)
    figure.savefig(file, dpi=_DPI, format="png")


def _row(result: dict[str, Any], corruption: dict[str, Any]) -> list[float]:
    """Give one row of the table: clean, each severity, their mean."""
    severities = [each["accuracy"] for each in corruption["severities"].values()]
    return [result["clean"]["accuracy"], *severities, corruption["mean_accuracy"]]


def _places(severities: int) -> list[float]:
    """Place the columns, with a gap after clean and before the mean."""
    return [0.0, *(1 + _GAP + place for place in range(severities)), 1 + 2 * _GAP + severities]


def _draw_cells(
    axes: Any, table: NDArray[np.float64], places: list[float], clean: float
) -> None:
    """Fill the cells and write their numbers, in percent."""
    colours = require("matplotlib.colors", "train")
    scale = colours.LinearSegmentedColormap.from_list("accuracy", _COLOURS)
    rectangle = require("matplotlib.patches", "train").Rectangle
    chance = 1 / len(CLASSES)
    for row, values in enumerate(table.tolist()):
        for left, value in zip(places, values, strict=True):
            share = float(np.clip((value - chance) / max(clean - chance, 1e-9), 0, 1))
            axes.add_patch(rectangle((left, row), 0.96, 0.94, facecolor=scale(share), linewidth=0))
            # Gray letters can be read on the lighter three quarters of the colours.
            ink = "white" if share > 0.75 else _INK
            middle = (left + 0.48, row + 0.48)
            axes.text(*middle, f"{100 * value:.1f}", ha="center", va="center", color=ink)


def _finish(
    axes: Any, result: dict[str, Any], order: list[str], places: list[float]
) -> None:
    """Name rows and columns, and take away the lines that say nothing."""
    axes.set_xlim(0, places[-1] + 0.96)
    axes.set_ylim(len(order), -0.05)
    headings = ["clean", *map(str, result["severities"]), "mean"]
    axes.set_xticks([place + 0.48 for place in places], headings, color=_INK, fontsize=11)
    labels = [name.replace("_", " ") for name in order]
    axes.set_yticks([row + 0.48 for row in range(len(order))], labels, color=_INK, fontsize=11)
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    clean, mean = result["clean"]["accuracy"], result["mean_corruption_accuracy"]
    low, high = result["clean"]["interval"]
    axes.set_title(
        f"{result['net']}: {clean:.1%} on clean faces, {mean:.1%} on spoilt ones",
        loc="left", fontsize=13, fontweight="bold", color=_INK, pad=44,
    )  # fmt: skip
    axes.annotate(
        f"Accuracy in percent on {result['n']:,} faces, by severity;"
        f" 95% interval of clean {100 * low:.1f} to {100 * high:.1f}",
        (0, 1), (0, 27), xycoords="axes fraction", textcoords="offset points",
        fontsize=9.5, color=_SOFT,
    )  # fmt: skip
