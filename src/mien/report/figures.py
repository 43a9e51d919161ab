"""Draws how far a network's confidence can be relied on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mien.evaluation.results import Bin
from mien.figures import GRID, INK, ONE, SOFT, new_figure, strip_axes
from mien.figures import title as write_title
from mien.figures.bars import reach_of

_COUNTS = 0.14
"""Height of the fullest bin's count, as a share of the diagram's."""


def draw_reliability(bins: Sequence[Bin], title: str) -> Any:
    """Draw the accuracy of each bin of confidence, and how many faces are in it.

    The points of a perfectly calibrated network are on the diagonal (Guo et al. 2017).

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(5, 4.2)
    axes = figure.subplots()
    most = max((bin_.count for bin_ in bins), default=0) or 1
    for bin_ in bins:
        height = _COUNTS * bin_.count / most
        axes.bar(bin_.low, height, 0.94 * (bin_.high - bin_.low), align="edge", color=SOFT,
                 alpha=0.3)  # fmt: skip
    axes.plot([0, 1], [0, 1], color=SOFT, linestyle="--", linewidth=1)
    for bin_ in bins:
        if bin_.confidence is not None and bin_.accuracy is not None:
            reach = reach_of(bin_.accuracy, bin_.interval)
            axes.errorbar(bin_.confidence, bin_.accuracy, yerr=reach, fmt="o", color=ONE,
                          ecolor=INK, elinewidth=1.2, capsize=2.5)  # fmt: skip
    axes.set(xlim=(0, 1.01), ylim=(0, 1.01))
    _finish(axes, title, "confidence")
    return figure


def draw_risk(
    curve: Sequence[tuple[float, float]],
    points: Sequence[tuple[float, float, tuple[float, float]]],
    title: str,
) -> Any:
    """Draw the share of wrong answers by the share of faces that are answered.

    Parameters
    ----------
    curve
        Coverage and risk along the exact curve; empty where it is not known.
    points
        Coverage, risk and its interval, where it was measured.
    title
        Above the chart.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(5, 3.4)
    axes = figure.subplots()
    axes.plot([x for x, _ in curve], [y for _, y in curve], color=ONE)
    for coverage, risk, interval in points:
        axes.errorbar(coverage, risk, yerr=reach_of(risk, interval), fmt="o", color=ONE,
                      ecolor=INK, elinewidth=1.2, capsize=2.5)  # fmt: skip
    heights = [y for _, y in curve] + [interval[1] for _, _, interval in points]
    axes.set(xlim=(0, 1.02), ylim=(0, 1.1 * max(heights, default=0) or 1))
    _finish(axes, title, "share of faces answered")
    return figure


def _finish(axes: Any, title: str, name: str) -> None:
    axes.set_xlabel(name, color=SOFT)
    axes.grid(color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    strip_axes(axes)
    # The two zeros must not touch.
    axes.tick_params(labelsize=9, pad=6)
    write_title(axes, title)
