"""Draws how a training went."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mien.figures.style import GRID, INK, ONE, SOFT, TWO, new_figure, strip_axes
from mien.figures.style import title as write_title

TRAINING, VALIDATION = TWO, ONE
"""The colours of faces that were learnt from and of faces that were not, in every figure."""

_FEW = 3
"""Epochs below which a line is too short to show without its points."""
_TICKS = 8
"""Most ticks of an axis of whole numbers."""


def draw_training(
    rows: Sequence[Mapping[str, float]],
    title: str = "",
    best: int | None = None,
    stacked: bool = False,
) -> Any:
    """Draw accuracy and loss by epoch, on the training and on the validation faces.

    Parameters
    ----------
    rows
        One an epoch, with ``epoch`` and, for both ``accuracy`` and ``loss``, ``train_...`` and
        ``val_...``.
    title
        Above both panels.
    best
        The epoch whose weights were kept, to be marked.
    stacked
        Set the panels one above the other, for a narrow page, rather than side by side.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = new_figure(5, 5.4) if stacked else new_figure(10, 4)
    if title:
        figure.suptitle(title)
    grid = figure.subplots(2, 1) if stacked else figure.subplots(1, 2)
    for axes, name in zip(grid, ("accuracy", "loss"), strict=True):
        _draw_panel(axes, rows, name, best)
    grid[0].legend(frameon=False, loc="best", fontsize=9, labelcolor=INK)
    return figure


def _draw_panel(
    axes: Any, rows: Sequence[Mapping[str, float]], name: str, best: int | None
) -> None:
    epochs = [row["epoch"] for row in rows]
    marker = "." if len(rows) < _FEW else ""
    for half, label, colour, style in (
        ("train", "training", TRAINING, "--"),
        ("val", "validation", VALIDATION, "-"),
    ):
        values = [row[f"{half}_{name}"] for row in rows]
        axes.plot(epochs, values, color=colour, label=label, marker=marker, linestyle=style)
    for row in rows:
        # A single epoch is not the best of several.
        if row["epoch"] == best and len(rows) > 1:
            left = row["epoch"] > (epochs[0] + epochs[-1]) / 2
            _mark_best(axes, row["epoch"], row[f"val_{name}"], left)
    axes.set_xlabel("epoch", color=SOFT)
    whole_numbers(axes, epochs)
    axes.grid(color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.margins(y=0.16)
    strip_axes(axes)
    write_title(axes, f"{name.capitalize()} by epoch")


def whole_numbers(axes: Any, values: Sequence[float]) -> None:
    """Set the ticks of the horizontal axis to whole numbers, such as epochs."""
    first, last = int(min(values)), int(max(values))
    step = next(step for step in _steps() if (last - first) / step < _TICKS)
    # Multiples of the step, and the first number, which is seldom one.
    multiples = range(-(-first // step) * step, last + 1, step)
    axes.set_xticks(sorted({first, *(tick for tick in multiples if tick - first >= step / 2)}))
    margin = max(0.4, 0.03 * (last - first))
    axes.set_xlim(first - margin, last + margin)


def _steps() -> Iterator[int]:
    """Return 1, 2, 5, 10, 20, 50 and so on."""
    return (digit * 10**power for power in itertools.count() for digit in (1, 2, 5))


def _mark_best(axes: Any, epoch: float, value: float, left: bool) -> None:
    """Mark the epoch whose weights were kept, and name it at the top, where no curve is."""
    axes.axvline(epoch, color=SOFT, linewidth=0.8, linestyle=":", zorder=1)
    axes.plot([epoch], [value], "o", color=VALIDATION, markersize=6)
    axes.annotate(
        f"best: {epoch:g}", (epoch, 1), (-4 if left else 4, -2), xycoords=("data", "axes fraction"),
        textcoords="offset points", ha="right" if left else "left", va="top", color=INK, fontsize=9,
    )  # fmt: skip
