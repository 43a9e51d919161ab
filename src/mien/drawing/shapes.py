"""Draws anti-aliased shapes onto arrays of pixels, at places given in fractions of a pixel."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.classes import Colour

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels."""

Point = tuple[float, float]
"""x and y in pixels."""

_BITS = 4  # of a coordinate that stand for fractions of a pixel


RIM: Colour = (30, 30, 30)
"""Around boxes, lines and labels, so that they stand out from light pictures too."""


def plate(canvas: NDArray[np.uint8], box: Box, radius: float, colour: Colour, rim: float) -> None:
    """Fill a rectangle with round corners, with a dark rim inside its edge."""
    inner = grown(box, -rim)
    for shape, round_by, paint in ((box, radius, RIM), (inner, radius - rim, colour)):
        cv2.fillPoly(canvas, [_fixed(_rounded(shape, round_by))], paint, cv2.LINE_AA, _BITS)


def outline(
    canvas: NDArray[np.uint8], box: Box, radius: float, colour: Colour, width: int
) -> None:
    """Draw the edge of a rectangle with round corners."""
    points = _fixed(_rounded(box, radius))
    cv2.polylines(canvas, [points], True, colour, width, cv2.LINE_AA, _BITS)


def line(
    canvas: NDArray[np.uint8], start: Point, end: Point, colour: Colour, width: int
) -> None:
    """Draw a straight line."""
    points = _fixed([start, end])
    cv2.polylines(canvas, [points], False, colour, width, cv2.LINE_AA, _BITS)


def dashes(box: Box, dash: float, cap: float) -> Iterator[tuple[Point, Point]]:
    """List the dashes around a box, one at each corner and even gaps between.

    Parameters
    ----------
    box
        The box.
    dash
        About how long dashes and gaps are, in pixels.
    cap
        How far a line's round end reaches beyond it; gaps are wider by as much.
    """
    left, top, right, bottom = box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        side = max(1e-6, math.hypot(x1 - x0, y1 - y0))
        count = max(1, round(side / dash / 2)) * 2 + 1
        short = min(cap / side, 0.4 / count)
        for step in range(0, count, 2):
            a = step / count + (short if step else 0)
            b = (step + 1) / count - (short if step + 1 < count else 0)
            start = (x0 + (x1 - x0) * a, y0 + (y1 - y0) * a)
            yield start, (x0 + (x1 - x0) * b, y0 + (y1 - y0) * b)


def grown(box: Box, by: float) -> Box:
    """Return a box with each side moved outwards."""
    return (box[0] - by, box[1] - by, box[2] + by, box[3] + by)


def _rounded(box: Box, radius: float) -> list[Point]:
    """List the corners of a polygon that looks like a rectangle with round corners."""
    left, top, right, bottom = box
    radius = max(0.0, min(radius, (right - left) / 2, (bottom - top) / 2))
    middles = [
        (right - radius, bottom - radius, 0),
        (left + radius, bottom - radius, 90),
        (left + radius, top + radius, 180),
        (right - radius, top + radius, 270),
    ]
    angles = [(x, y, math.radians(start + turn)) for x, y, start in middles
              for turn in range(0, 91, 10)]  # fmt: skip
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for x, y, a in angles]


def _fixed(points: Sequence[Point]) -> NDArray[np.int32]:
    """Return points as OpenCV takes them: whole numbers of sixteenths of a pixel."""
    fixed: NDArray[np.int32] = np.rint(np.array(points) * (1 << _BITS)).astype(np.int32)
    return fixed
