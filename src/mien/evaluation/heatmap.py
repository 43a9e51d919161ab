"""Draws how accurate a network is on corrupted faces."""

from __future__ import annotations

from typing import Any

from mien.evaluation.results import Robustness
from mien.figures import SOFT, Cell, draw_cells
from mien.words import spaced


def draw_heatmap(result: Robustness, classes: int) -> Any:
    """Draw accuracy in percent by corruption and severity, the mildest corruption on top.

    Colours go from chance to the accuracy on clean faces.

    Parameters
    ----------
    result
        What was measured.
    classes
        How many there are, which makes chance.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    clean, chance = result.clean.accuracy, 1 / classes
    low, high = result.clean.interval
    order = sorted(result.corruptions, key=lambda name: -result.corruptions[name].mean_accuracy)
    rows = [_row(result, name) for name in order]
    cells = [
        [Cell(f"{100 * value:.1f}", (value - chance) / max(clean - chance, 1e-9)) for value in row]
        for row in rows
    ]
    severities = [str(severity) for severity in result.severities]
    figure = draw_cells(
        cells,
        [spaced(name) for name in order],
        ["clean", *severities, "mean"],
        f"{result.net}: {clean:.1%} clean, {result.mean_corruption_accuracy:.1%} corrupted",
        # Around the severities.
        gaps=[1, 1 + len(severities)],
    )
    figure.axes[0].set_xlabel(
        f"accuracy in percent on {result.n:,} faces, by severity\n"
        f"95% interval on clean faces: {100 * low:.1f} to {100 * high:.1f}",
        color=SOFT,
        fontsize=9,
    )
    return figure


def _row(result: Robustness, name: str) -> list[float]:
    """Return the accuracy on clean faces, at each severity, and their mean."""
    corruption = result.corruptions[name]
    levels = [corruption.severities[severity].accuracy for severity in result.severities]
    return [result.clean.accuracy, *levels, corruption.mean_accuracy]
