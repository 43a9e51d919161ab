"""Finds places for the labels of a video's frames, which stay where they are while they fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mien.drawing.placing import Size, around
from mien.drawing.shapes import Box, grown

_OTHER_FACE = 2.0
"""Covering another face is as bad as covering so many times as much of the own one."""

_OTHER_LABEL = 4.0
"""Covering another label, likewise."""

_GAIN = 0.25
"""Where no side of a face is free, a label changes sides only for covering less by this share of
its own area."""


class SteadyPlaces:
    """Places labels beside their faces, frame after frame.

    Unlike in a photo, every label has a place: it stays at the same side of its face while nothing
    is in the way, and otherwise covers as little as possible.
    """

    def __init__(self) -> None:
        self._sides: dict[int, int] = {}

    def place(
        self, faces: Mapping[int, Box], labels: Sequence[Size], size: Size
    ) -> list[tuple[int, int]]:
        """Return the left and top end of each face's label, in whole pixels.

        Parameters
        ----------
        faces
            The boxes of the frame's faces, by their ids.
        labels
            Width and height of each face's label.
        size
            Width and height of the frame, which no label leaves unless it is larger.
        """
        boxes = np.array(list(faces.values()), float).reshape(-1, 4)
        placed: list[Box] = []
        for number, (face_id, box) in enumerate(faces.items()):
            places = np.array([_inside(place, size) for place in around(box, labels[number])])
            costs = _costs(places, boxes, number, placed, labels[number])
            side = self._side(face_id, costs, labels[number])
            self._sides[face_id] = side
            left, top, right, bottom = places[side].tolist()
            placed.append((left, top, right, bottom))
        return [(round(left), round(top)) for left, top, _, _ in placed]

    def _side(self, face_id: int, costs: NDArray[np.float64], label: Size) -> int:
        """Choose a side of a face by what its label would cover there."""
        best, last = int(costs.argmin()), self._sides.get(face_id)
        if last is None or (costs[last] and not costs[best]):
            return best
        return last if costs[last] <= costs[best] + _GAIN * label[0] * label[1] else best


def _costs(
    places: NDArray[np.float64],
    faces: NDArray[np.float64],
    number: int,
    placed: Sequence[Box],
    label: Size,
) -> NDArray[np.float64]:
    """Return how much each place covers of faces and of the labels placed so far."""
    # A label that nearly touches another face would seem to be that face's.
    others = np.array([grown(tuple(box), label[1] / 8) for box in np.delete(faces, number, axis=0)])
    costs = _shared(places, faces[number : number + 1])
    costs += _OTHER_FACE * _shared(places, others)
    costs += _OTHER_LABEL * _shared(places, np.array(placed))
    return costs


def _shared(places: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the area that each place shares with all boxes together, in square pixels."""
    one, other = places[:, None], boxes.reshape(1, -1, 4)
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    shared: NDArray[np.float64] = np.maximum(sides, 0).prod(axis=2).sum(axis=1)
    return shared


def _inside(box: Box, size: Size) -> Box:
    """Shift a label into the frame."""
    left = min(max(0.0, box[0]), max(0.0, size[0] - (box[2] - box[0])))
    top = min(max(0.0, box[1]), max(0.0, size[1] - (box[3] - box[1])))
    return (left, top, left + box[2] - box[0], top + box[3] - box[1])
