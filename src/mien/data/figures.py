"""Draws what a data set holds: its counts by class, and examples of its faces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.classes import Colour, Expression, Vocabulary
from mien.data.samples import Samples
from mien.errors import require
from mien.figures import INK, SOFT, columns, new_figure, shorten

Counts = Mapping[str, Mapping[str, int]]
"""Faces by split, then by class name."""

_TITLES = {
    "train": "Training",
    "validation": "Validation",
    "public": "PublicTest",
    "private": "PrivateTest",
    "test": "Test",
    "all": "All",
}
_COLUMNS = 8
_GRAY: Colour = (153, 153, 153)
_INCHES_A_CLASS = 9 / 7
_UPRIGHT_CLASSES = 12
"""Most classes whose names are written upright below the bars; more are slanted."""
_UPRIGHT_COLUMNS = 14
"""Columns that the longest of those names may take."""


def draw_counts(counts: Counts, vocabulary: Vocabulary | None = None) -> Any:
    """Draw the faces of each class as one bar for each split.

    Parameters
    ----------
    counts
        Faces by split, then by class name.
    vocabulary
        The classes and their colours; the names in ``counts`` with default colours if None.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    classes = vocabulary or Vocabulary.named(list(next(iter(counts.values()))))
    figure = new_figure(max(9, _INCHES_A_CLASS * len(classes)), 4.6)
    axes = figure.add_subplot()
    width = 0.84 / len(counts)
    for place, by_name in enumerate(counts.values()):
        shade = place / len(counts)
        where = np.arange(len(classes)) - 0.42 + width * (place + 0.5)
        colours = [_lighter(expression.colour, shade) for expression in classes]
        edges = [_lighter(expression.colour, 0) for expression in classes]
        heights = [by_name[name] for name in classes.names]
        bars = axes.bar(where, heights, width * 0.92, color=colours, edgecolor=edges)
        axes.bar_label(bars, fmt="{:,.0f}", padding=2, fontsize=7.5, color=INK)
    total = sum(sum(by_name.values()) for by_name in counts.values())
    _finish_counts(axes, f"{total:,} faces by class", classes.names)
    if len(counts) > 1:
        _shade_legend(axes, counts)
    return figure


def draw_samples(samples: Samples) -> Any:
    """Draw eight faces of each class, a row for each class.

    Parameters
    ----------
    samples
        The data set; the same one gives the same faces.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    shown = examples(samples)
    figure = new_figure(_COLUMNS + 1.6, len(shown) + 0.5)
    grid = figure.subplots(len(shown), _COLUMNS, squeeze=False)
    for (expression, picked), row in zip(shown.items(), grid, strict=True):
        for axes in row:
            axes.set_axis_off()
        for axes, face in zip(row, samples.images[picked], strict=False):
            axes.imshow(face, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        _name_row(row[0], expression, int((samples.labels == expression.number).sum()))
    figure.suptitle(
        f"Examples from {len(samples):,} faces", fontsize=13, fontweight="bold", color=INK
    )
    return figure


def examples(samples: Samples) -> dict[Expression, list[int]]:
    """Pick eight rows of each class that has a face, or all where it has fewer."""
    random = np.random.default_rng(0)
    members = {
        expression: np.flatnonzero(samples.labels == expression.number)
        for expression in samples.vocabulary
    }
    return {
        expression: _distinct(samples, random.permutation(rows))
        for expression, rows in members.items()
        if len(rows)
    }


def _distinct(samples: Samples, rows: NDArray[np.intp]) -> list[int]:
    """Pick the first rows whose faces differ, since data sets hold many faces twice."""
    picked: dict[bytes, int] = {}
    for row in rows.tolist():
        if len(picked) == _COLUMNS:
            break
        picked.setdefault(samples.images[row].tobytes(), row)
    return sorted(picked.values())


def _finish_counts(axes: Any, title: str, names: tuple[str, ...]) -> None:
    """Name the classes and remove the lines that say nothing."""
    axes.set_title(title, loc="left", fontsize=13, fontweight="bold", color=INK, pad=14)
    shown = [shorten(name) for name in names]
    upright = len(names) <= _UPRIGHT_CLASSES and max(map(columns, shown)) <= _UPRIGHT_COLUMNS
    # On one baseline: letters with dots above would otherwise push their name down.
    place: dict[str, Any] = {"va": "baseline"} if upright else {"rotation": 30, "ha": "right"}
    axes.set_xticks(range(len(names)), shown, fontsize=11, **place)
    if upright:
        axes.tick_params(axis="x", pad=14)
    else:
        for label in axes.get_xticklabels():
            label.set_rotation_mode("anchor")
    axes.set_ylabel("faces")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.get_major_locator().set_params(integer=True)
    # The bars carry their numbers, so lines behind them would only cross the text.
    axes.tick_params(length=0, colors=INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.margins(x=0.02, y=0.08)


def _shade_legend(axes: Any, counts: Counts) -> None:
    """Explain the shades in gray, since each class has a colour of its own."""
    patch = require("matplotlib.patches", "train").Patch
    handles = [
        patch(
            facecolor=_lighter(_GRAY, place / len(counts)),
            edgecolor=_lighter(_GRAY, 0),
            label=f"{_TITLES[split]} ({sum(by_name.values()):,})",
        )
        for place, (split, by_name) in enumerate(counts.items())
    ]
    axes.legend(
        handles=handles,
        frameon=False,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=len(handles),
    )


def _name_row(axes: Any, expression: Expression, faces: int) -> None:
    """Write the class and its count to the left of its row, next to a bar in its colour."""
    place: dict[str, Any] = {"transform": axes.transAxes, "ha": "right"}
    axes.text(-0.2, 0.52, shorten(expression.name), va="bottom", fontsize=12, color=INK, **place)
    axes.text(-0.2, 0.44, f"{faces:,}", va="top", fontsize=9, color=SOFT, **place)
    axes.plot(
        [-0.1, -0.1], [0, 1], color=_lighter(expression.colour, 0), lw=4,
        transform=axes.transAxes, clip_on=False, solid_capstyle="butt",
    )


def _lighter(colour: Colour, share: float) -> tuple[float, ...]:
    """Mix a colour with white."""
    return tuple((value + (255 - value) * share) / 255 for value in colour)
