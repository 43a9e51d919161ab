"""Finds places for labels in a picture: near their faces, clear of faces and of each other."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.drawing.shapes import Box, Point, grown

Size = tuple[float, float]
"""Width and height in pixels."""

_REACH = 4.5
"""Longest leader line, in heights of its label; the eye cannot follow a longer one in a crowd."""

_APART = 0.2
"""Distance, in heights of its label, that a line longer than that height keeps from other boxes:
along their edges it would be invisible."""

_CELLS = 5
"""Places are searched in steps of a fifth of a label's height."""

_NEAREST = 100
"""The nearest free places that are tried, and about as many again further away."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a label goes."""

    box: Box
    leader: tuple[Point, Point]
    """The line from the label to its face."""


def place_labels(
    faces: Sequence[Box], labels: Sequence[Size], size: Size, taken: Sequence[Box] = ()
) -> list[Place | None]:
    """Place each label in free space, beside its face or further away with a leader line.

    Parameters
    ----------
    faces
        The faces' boxes, which no label and no other face's leader line may touch.
    labels
        Width and height of each face's label.
    size
        Width and height of the picture, which no label may leave.
    taken
        Boxes that must stay free as well.

    Returns
    -------
    list of Place or None
        The place of each face's label; None if there is no room for it.
    """
    placing = _Placing(faces, labels, size, taken)
    beside = [list(placing.beside(number)) for number in range(len(faces))]
    # Labels with the fewest choices come first.
    order = sorted(range(len(faces)), key=lambda number: len(beside[number]))
    for number in order:
        placing.put(number, beside[number])
    for number in order:
        if placing.places[number] is None:
            placing.put(number, placing.further(number))
    return placing.places


class _Placing:
    """The labels that have been placed so far."""

    def __init__(
        self, faces: Sequence[Box], labels: Sequence[Size], size: Size, taken: Sequence[Box]
    ) -> None:
        self.places: list[Place | None] = [None] * len(faces)
        self._faces, self._labels, self._size = faces, labels, size
        self._blocked = np.array([*faces, *taken], float).reshape(-1, 4)
        self._leaders = np.empty((0, 4))

    def put(self, number: int, boxes: Sequence[Box]) -> None:
        """Put a label in the first of these places that is still free."""
        for box in boxes:
            leader = _leader(box, self._faces[number])
            if not _touching(self._blocked, box).any() and self._is_clear(number, box, leader):
                self.places[number] = Place(box, leader)
                self._blocked = np.vstack([self._blocked, box])
                self._leaders = np.vstack([self._leaders, np.ravel(leader)])
                return

    def beside(self, number: int) -> Iterator[Box]:
        """Yield the places right beside a face that are in the picture and clear of faces."""
        for box in around(self._faces[number], self._labels[number]):
            box = _inside(box, self._size)
            margin = self._labels[number][1] / 8
            if _is_inside(box, self._size) and not _touching(self._blocked, box).any():
                # A label that nearly touches another face would seem to be that face's.
                near = _touching(self._blocked, grown(box, margin))
                near[number] = False
                if not near.any():
                    yield box

    def further(self, number: int) -> list[Box]:
        """List free places within reach of a face, those nearest first."""
        width, height = self._labels[number]
        step = max(1.0, height / _CELLS)
        lefts, tops = self._free(width, height, step)
        left, top, right, bottom = self._faces[number]
        across = np.maximum(np.maximum(left - (lefts + width), lefts - right), 0)
        down = np.maximum(np.maximum(top - (tops + height), tops - bottom), 0)
        away = np.hypot(across, down)
        near = np.flatnonzero(away <= _REACH * height)
        near = near[np.argsort(away[near], kind="stable")]
        further = near[_NEAREST :: max(1, len(near) // _NEAREST)]
        near = np.concatenate([near[:_NEAREST], further])
        return [(lefts[at], tops[at], lefts[at] + width, tops[at] + height) for at in near]

    def _free(
        self, width: float, height: float, step: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the left and top ends of places for a label on a grid, clear of everything."""
        columns, rows = (int(side // step) for side in self._size)
        grid = np.zeros((rows + 1, columns + 1), np.uint8)
        for box in self._blocked:
            # Half a step is kept free around everything.
            left, top = (max(0, math.floor(value / step - 0.5)) for value in box[:2])
            right, bottom = (max(0, math.ceil(value / step + 0.5)) for value in box[2:])
            grid[top:bottom, left:right] = 1
        for x0, y0, x1, y1 in np.rint(self._leaders / step).astype(int).tolist():
            cv2.line(grid, (x0, y0), (x1, y1), 1, 2)
        wide, high = math.ceil(width / step), math.ceil(height / step)
        if wide > columns or high > rows:
            return np.empty(0), np.empty(0)
        sums = cv2.integral(grid[:rows, :columns])
        below, above = sums[high:], sums[:-high]
        blocked = (below[:, wide:] - below[:, :-wide]) - (above[:, wide:] - above[:, :-wide])
        tops, lefts = np.nonzero(blocked == 0)
        return np.multiply(lefts, step, dtype=float), np.multiply(tops, step, dtype=float)

    def _is_clear(self, number: int, box: Box, leader: tuple[Point, Point]) -> bool:
        """Return whether a label and its leader line cross no other face, label or line."""
        line = np.ravel(leader)[None]
        height = self._labels[number][1]
        apart = _APART * height if math.dist(*leader) > height else 0.0
        blocked = _through(line, np.add(self._blocked, (-apart, -apart, apart, apart)))
        blocked[number] = False
        if blocked.any() or _through(self._leaders, np.array([box])).any():
            return False
        return not _cross(line, self._leaders).any()


def around(face: Box, label: Size) -> Iterator[Box]:
    """List where a label may go around a face, best first."""
    left, top, right, bottom = face
    width, height = label
    gap = max(3.0, height / 4)
    middle = (left + right - width) / 2
    for y in (top - gap - height, bottom + gap):
        for x in (middle, left, right - width):
            yield (x, y, x + width, y + height)
    for y in (top, bottom - height):
        for x in (right + gap, left - gap - width):
            yield (x, y, x + width, y + height)


def _leader(label: Box, face: Box) -> tuple[Point, Point]:
    """Return the shortest line from a label to a face; along a side they share, at its middle."""
    x0, x1 = _nearest(label[0], label[2], face[0], face[2])
    y0, y1 = _nearest(label[1], label[3], face[1], face[3])
    return (x0, y0), (x1, y1)


def _nearest(low: float, high: float, other_low: float, other_high: float) -> tuple[float, float]:
    """Return the points of two ranges that are nearest to each other."""
    if high < other_low:
        return high, other_low
    if other_high < low:
        return low, other_high
    middle = (max(low, other_low) + min(high, other_high)) / 2
    return middle, middle


def _touching(boxes: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    """Return which boxes share some area with a box, or touch it."""
    left, top, right, bottom = boxes.T
    touching: NDArray[np.bool_] = (
        (left <= box[2]) & (right >= box[0]) & (top <= box[3]) & (bottom >= box[1])
    )
    return touching


def _through(lines: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which lines go through which boxes (the slab method); either may be a single one."""
    many = max(len(lines), len(boxes)) if len(lines) and len(boxes) else 0
    enter, leave = np.zeros(many), np.ones(many)
    for axis in (0, 1):
        start, way = lines[:, axis], lines[:, axis + 2] - lines[:, axis]
        # A line along the other axis is taken as a little slanted.
        way = np.where(np.abs(way) < 1e-9, 1e-9, way)
        first, second = ((boxes[:, side] - start) / way for side in (axis, axis + 2))
        enter = np.maximum(enter, np.minimum(first, second))
        leave = np.minimum(leave, np.maximum(first, second))
    return np.asarray(enter <= leave)


def _cross(line: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of other lines a line crosses."""

    def side(lines: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
        x0, y0, x1, y1 = lines.T
        turns = (x1 - x0) * (points[:, 1] - y0) - (y1 - y0) * (points[:, 0] - x0)
        return np.asarray(turns, np.float64)

    apart = side(line, others[:, :2]) * side(line, others[:, 2:])
    back = side(others, line[:, :2]) * side(others, line[:, 2:])
    return np.asarray((apart < 0) & (back < 0))


def _inside(box: Box, size: Size) -> Box:
    """Shift a box sideways into the picture, along an edge of the face."""
    shift = max(0.0, -box[0]) or min(0.0, size[0] - box[2])
    return (box[0] + shift, box[1], box[2] + shift, box[3])


def _is_inside(box: Box, size: Size) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= size[0] and box[3] <= size[1]
