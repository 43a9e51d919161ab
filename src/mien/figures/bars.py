"""Draws shares as horizontal bars."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Sequence
from typing import Any

from mien.figures.style import GRID, INK, ONE, SOFT, new_figure, strip_axes
from mien.figures.style import title as write_title

_LONGEST = 22
"""Most columns of a name; a Chinese or Japanese character takes two."""


@dataclasses.dataclass(frozen=True)
class Bar:
    """One bar."""

    name: str
    value: float
    """0 to 1."""
    interval: tuple[float, float] | None = None
    colour: str = ONE
    """As ``"#rrggbb"``: `SOFT` for what others are compared with."""


def draw_bars(bars: Sequence[Bar], title: str) -> Any:
    """Draw one bar a row, from 0 to 1, with its interval and its value.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(5, 0.75 + 0.3 * len(bars))
    axes = figure.subplots()
    values = [bar.value for bar in bars]
    colours = [bar.colour for bar in bars]
    # The edge shows a bar of the page's own colour.
    axes.barh(range(len(bars)), values, 0.62, color=colours, alpha=0.8, edgecolor=SOFT,
              linewidth=0.4)  # fmt: skip
    for row, bar in enumerate(bars):
        if bar.interval:
            reach = reach_of(bar.value, bar.interval)
            axes.errorbar(bar.value, row, xerr=reach, fmt="none", ecolor=INK, elinewidth=1.2,
                          capsize=2.5)  # fmt: skip
        axes.text(1.15, row, f"{bar.value:.3f}", ha="right", va="center", color=INK, fontsize=9)
    axes.set_yticks(range(len(bars)), [shorten(bar.name) for bar in bars], fontsize=9)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1"], fontsize=9)
    axes.set(xlim=(0, 1.16), ylim=(len(bars) - 0.4, -0.6))
    axes.grid(axis="x", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    strip_axes(axes, "top", "right", "bottom", "left")
    axes.tick_params(axis="x", labelcolor=SOFT)
    write_title(axes, title)
    return figure


def reach_of(value: float, interval: tuple[float, float]) -> list[list[float]]:
    """Return how far an interval reaches below and above a value, as matplotlib's error bars need.

    At a share of 1 the interval ends a rounding error below it.
    """
    low, high = interval
    return [[max(0.0, value - low)], [max(0.0, high - value)]]


def shorten(name: str) -> str:
    """Cut a name that would leave too little room for the bars."""
    if columns(name) <= _LONGEST:
        return name
    kept = next(end for end in range(len(name), 0, -1) if columns(name[:end]) < _LONGEST)
    return name[:kept].rstrip() + "…"


def columns(text: str) -> int:
    """Return how many columns a text takes, as in a terminal."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
