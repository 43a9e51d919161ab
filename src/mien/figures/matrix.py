"""Draws tables whose cells are coloured by their values."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from mien.errors import require
from mien.figures.bars import shorten
from mien.figures.style import SOFT, new_figure, strip_axes
from mien.figures.style import title as write_title

_COLOURS = ("#fbf3e4", "#f3d9a4", "#9fcbb8", "#3f8fa8", "#1d4e79")
"""From 0 to 1, sand to deep blue: told apart by lightness alone too."""
_DARK_TEXT, _LIGHT_TEXT = "#1c1c1c", "#fefefe"
"""In cells; not `INK`, since cells keep their colours in a page's dark mode."""
_LEGIBLE = 20
"""Most columns whose cells have room for a number."""


@dataclasses.dataclass(frozen=True)
class Cell:
    """One cell."""

    text: str
    share: float
    """How far it is coloured, from 0 to 1; values outside are clipped."""


def draw_cells(
    cells: Sequence[Sequence[Cell]],
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    gaps: Sequence[int] = (),
) -> Any:
    """Draw a table of coloured cells.

    Parameters
    ----------
    cells
        By row, then by column.
    rows, columns
        Their names.
    title
        Above the table.
    gaps
        Columns with some space to the left of them.

    Returns
    -------
    matplotlib.figure.Figure
    """
    # On a phone 5 inches are as wide as the screen; more columns need more.
    width = max(5.0, 1.3 + (0.5 if len(columns) <= _LEGIBLE else 0.2) * len(columns))
    height = 1.15 + (0.36 if len(columns) <= _LEGIBLE else 0.2) * len(rows)
    figure = new_figure(width, height)
    axes = figure.subplots()
    places = _places(len(columns), gaps)
    _colour_cells(axes, places, cells)
    if len(columns) <= _LEGIBLE:
        _write_cells(axes, places, cells)
    axes.set(xlim=(0, places[-1] + 1), ylim=(len(rows), 0))
    middles = [place + 0.5 for place in places]
    steep = max(map(len, columns)) > 6
    axes.set_xticks(
        middles, [shorten(name) for name in columns], fontsize=9,
        rotation=40 if steep else 0, ha="left" if steep else "center", rotation_mode="anchor",
    )  # fmt: skip
    axes.set_yticks(
        [row + 0.5 for row in range(len(rows))], [shorten(name) for name in rows], fontsize=9
    )
    axes.tick_params(top=False, labeltop=True, bottom=False, labelbottom=False)
    strip_axes(axes, "top", "right", "bottom", "left")
    write_title(axes, title)
    return figure


def draw_confusion(
    matrix: Sequence[Sequence[int]], names: Sequence[str], title: str, missed: Sequence[int] = ()
) -> Any:
    """Draw which class was predicted for which, in percent of each true class.

    Parameters
    ----------
    matrix
        Counts; a row for each true class, a column for each predicted class.
    names
        Of the classes.
    title
        Above the table.
    missed
        By true class, the faces that were not found; a column of their own if there are any.

    Returns
    -------
    matplotlib.figure.Figure
    """
    columns, counts = list(names), [list(row) for row in matrix]
    if any(missed):
        columns.append("not found")
        counts = [[*row, lost] for row, lost in zip(counts, missed, strict=True)]
    shares = [[count / (sum(row) or 1) for count in row] for row in counts]
    cells = [[Cell(f"{100 * share:.0f}", share) for share in row] for row in shares]
    figure = draw_cells(cells, names, columns, title, [len(names)] if any(missed) else [])
    axes = figure.axes[0]
    axes.set_xlabel("predicted", color=SOFT)
    axes.set_ylabel("true", color=SOFT)
    return figure


def _places(columns: int, gaps: Sequence[int]) -> list[float]:
    """Return the left edge of each column."""
    return [column + 0.2 * sum(gap <= column for gap in gaps) for column in range(columns)]


def _colour_cells(
    axes: Any, places: Sequence[float], cells: Sequence[Sequence[Cell]]
) -> None:
    """Colour all cells at once: single patches would take seconds for a hundred classes."""
    colours = require("matplotlib.colors", "train")
    collections = require("matplotlib.collections", "train")
    scale = colours.LinearSegmentedColormap.from_list("share", _COLOURS)
    # Gaps in place of edges, which would show on another background.
    corners = np.array([(0.03, 0.03), (0.97, 0.03), (0.97, 0.97), (0.03, 0.97)])
    squares = [
        corners + np.array([place, row]) for row in range(len(cells)) for place in places
    ]
    shares = np.clip([cell.share for line in cells for cell in line], 0.0, 1.0)
    axes.add_collection(
        collections.PolyCollection(squares, facecolors=scale(shares), linewidths=0), autolim=False
    )


def _write_cells(axes: Any, places: Sequence[float], cells: Sequence[Sequence[Cell]]) -> None:
    """Write the text of each cell."""
    for row, line in enumerate(cells):
        for place, cell in zip(places, line, strict=True):
            ink = _LIGHT_TEXT if cell.share > 0.75 else _DARK_TEXT
            axes.text(
                place + 0.5, row + 0.5, cell.text, ha="center", va="center", color=ink, fontsize=9
            )
