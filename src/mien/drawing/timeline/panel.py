"""One panel of a timeline: the probabilities of one face over time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.classes import Colour, Vocabulary
from mien.drawing.timeline.axis import Axis
from mien.drawing.timeline.bins import Bin

HEIGHT = 150
"""Height of a panel in pixels."""

UNSEEN: Colour = (238, 240, 243)
"""Where the face is not seen."""

HATCH: Colour = (120, 126, 134)
"""Of the lines across time that is excluded."""

_FINE = 2  # drawn this much larger, then averaged
_GRID: Colour = (222, 225, 229)
_MARKER: Colour = (120, 130, 150)
_COLUMN = 2.0
"""Width in pixels of what is averaged to one point of a line, where a clip has more frames."""

_BAND = 0.16
"""Opacity of the band from the least to the largest probability of such a point."""

_BITS = 4  # of a coordinate that stand for fractions of a pixel


def draw_panel(
    axis: Axis,
    runs: Sequence[Sequence[Bin]],
    vocabulary: Vocabulary,
    markers: Iterable[float] = (),
    excluded: Iterable[tuple[float, float]] = (),
) -> NDArray[np.uint8]:
    """Draw a panel.

    Parameters
    ----------
    axis
        The axis of time, whose ends are those of the panel.
    runs
        The face's bins, one list per unbroken appearance.
    vocabulary
        The network's classes.
    markers
        Times of vertical lines, in seconds.
    excluded
        Ranges to be hatched, begin and end in seconds.

    Returns
    -------
    numpy.ndarray
        RGB ``uint8 [HEIGHT, W, 3]``.
    """
    fine = axis.moved(axis.left, _FINE)
    canvas = np.full((HEIGHT * _FINE, round(fine.right), 3), UNSEEN, np.uint8)
    lines = [(x - axis.left) * _FINE for x, _ in axis.ticks()]
    _draw_background(canvas, fine, runs, lines, markers)
    curves = [_Curve(run, fine) for run in runs]
    # The likeliest last, so that it lies on top.
    means = sum((curve.mean.sum(0) for curve in curves), np.zeros(len(vocabulary)))
    order = np.argsort(means).tolist()
    for number in order:
        for curve in curves:
            curve.draw_band(canvas, number, vocabulary.colours[number])
    for number in order:
        for curve in curves:
            curve.draw_line(canvas, number, vocabulary.colours[number])
    for begin, end in excluded:
        _hatch(canvas, fine.x(begin), fine.x(end))
    cv2.rectangle(canvas, (0, 0), (canvas.shape[1] - 1, canvas.shape[0] - 1), _GRID, _FINE)
    size = (canvas.shape[1] // _FINE, HEIGHT)
    small = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def is_pale(colour: Colour) -> bool:
    """Return whether a line of a colour needs an edge to be seen on white (luma of BT.601)."""
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue > 165


def edge_of(colour: Colour) -> Colour:
    """Return the colour of such an edge."""
    red, green, blue = (round(value * 0.55) for value in colour)
    return red, green, blue


class _Curve:
    """The probabilities of a face during one run, as points in a panel."""

    def __init__(self, run: Sequence[Bin], axis: Axis) -> None:
        by_column = itertools.groupby(run, lambda item: _column(item, axis))
        columns = [list(items) for _, items in by_column]
        many = len(run) > 1.5 * len(columns)
        points = columns if many else [[item] for item in run]
        weights = [np.array([item.seconds for item in items]) for items in points]
        self.x = np.array([axis.x(_middle(items)) for items in points])
        self.mean = np.array([
            np.average([item.mean for item in items], axis=0, weights=weight)
            for items, weight in zip(points, weights, strict=True)
        ])
        self.low = np.array([np.min([item.low for item in items], axis=0) for items in points])
        self.high = np.array([np.max([item.high for item in items], axis=0) for items in points])
        # What the last frame shows holds until it ends.
        self.x = np.append(self.x, max(self.x[-1] + 1, axis.x(run[-1].end)))
        for name in ("mean", "low", "high"):
            values = getattr(self, name)
            setattr(self, name, np.vstack([values, values[-1:]]))
        self.banded = any(item.frames > 1 for item in run) or many

    def draw_band(self, canvas: NDArray[np.uint8], number: int, colour: Colour) -> None:
        """Fill what is between the least and the largest probability of a class."""
        if not self.banded:
            return
        x = np.concatenate([self.x, self.x[::-1]])
        y = _heights(np.concatenate([self.high[:, number], self.low[::-1, number]]), canvas)
        mask = np.zeros(canvas.shape[:2], np.uint8)
        cv2.fillPoly(mask, [_fixed(x, y)], 255, cv2.LINE_AA, _BITS)
        first, last = int(x.min()), int(x.max()) + 2
        part = canvas[:, first:last]
        opacity = mask[:, first:last, None] * (_BAND / 255)
        part[:] = np.rint(part * (1 - opacity) + np.array(colour) * opacity)

    def draw_line(self, canvas: NDArray[np.uint8], number: int, colour: Colour) -> None:
        """Draw the mean probability of a class."""
        points = _fixed(self.x, _heights(self.mean[:, number], canvas))
        thick = 2 if self.banded else 3
        if is_pale(colour):
            cv2.polylines(canvas, [points], False, edge_of(colour), thick + 2, cv2.LINE_AA, _BITS)
        cv2.polylines(canvas, [points], False, colour, thick, cv2.LINE_AA, _BITS)


def _column(item: Bin, axis: Axis) -> int:
    return int(axis.x(item.middle) / (_COLUMN * _FINE))


def _middle(items: Sequence[Bin]) -> float:
    if len(items) == 1:
        return items[0].middle
    return (items[0].begin + items[-1].end) / 2


def _heights(probabilities: NDArray[np.float64], canvas: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return where probabilities are, with a margin so that lines at 0 and 1 are not cut."""
    margin = 4.0 * _FINE
    room = canvas.shape[0] - 1 - 2 * margin
    heights: NDArray[np.float64] = margin + (1 - probabilities) * room
    return heights


def _fixed(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return points as OpenCV takes them: whole numbers of sixteenths of a pixel."""
    return np.rint(np.column_stack([x, y]) * (1 << _BITS)).astype(np.int32)


def height_of(probability: float) -> float:
    """Return how far below the upper end of a panel a probability is, in pixels."""
    whole = np.empty((HEIGHT * _FINE, 0, 3), np.uint8)
    return float(_heights(np.array([probability]), whole)[0]) / _FINE


def _draw_background(
    canvas: NDArray[np.uint8],
    axis: Axis,
    runs: Sequence[Sequence[Bin]],
    lines: Iterable[float],
    markers: Iterable[float],
) -> None:
    """Draw what lies under the lines."""
    height = canvas.shape[0]
    for run in runs:
        first, last = round(axis.x(run[0].begin)), round(axis.x(run[-1].end))
        canvas[:, first : max(last, first + 1)] = 255
    for share in (0.0, 0.5, 1.0):
        y = round(height_of(share) * _FINE)
        canvas[y : y + _FINE] = _GRID
    for x in lines:
        canvas[:, round(x) : round(x) + _FINE] = _GRID
    for time in markers:
        x = round(axis.x(time))
        for y in range(0, height, 12):
            canvas[y : y + 6, x : x + _FINE] = _MARKER


def _hatch(canvas: NDArray[np.uint8], left: float, right: float) -> None:
    """Veil a range of time, and draw slanted lines across it."""
    first, last = round(left), max(round(right), round(left) + 1)
    part = canvas[:, first:last]
    veiled = np.rint(part * 0.45 + np.array(UNSEEN) * 0.55).astype(np.uint8)
    veiled = np.ascontiguousarray(veiled)
    height, width = veiled.shape[:2]
    for x in range(-height, width, 20):
        cv2.line(veiled, (x, height), (x + height, 0), HATCH, 1, cv2.LINE_AA)
    part[:] = np.rint(veiled)
