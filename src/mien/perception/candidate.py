"""What may be a face: its place, its turn and how face-like it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from mien.perception.yunet import OVERLAP

Box = tuple[float, float, float, float]
"""Left, top, width and height in pixels."""

NESTED = 0.7
"""Of two boxes that share more than this part of the smaller one, the one with the lower score is
dropped: a chin within a face, or a shadow that surrounds one."""


@dataclasses.dataclass(frozen=True, eq=False)
class Candidate:
    """What may be a face. Its box and landmarks are in pixels of the picture."""

    frame: Box
    """The box as it would be if the face were turned upright about the box's middle."""
    landmarks: NDArray[np.float64]
    """``float64 [5, 2]``, as in `Detection`."""
    score: float
    """How face-like it is, 0 to 1."""
    angle: float = 0.0
    """How far it is turned: degrees clockwise, over -180 to 180."""

    @property
    def middle(self) -> NDArray[np.float64]:
        """Middle of the box, x and y."""
        left, top, width, height = self.frame
        return np.array([left + width / 2, top + height / 2])

    @property
    def side(self) -> float:
        """Side of a square as large as the box."""
        return float(np.sqrt(self.frame[2] * self.frame[3]))

    @property
    def box(self) -> Box:
        """The level box around the ellipse that fills the turned one."""
        if self.angle == 0:
            return self.frame
        left, top, width, height = self.frame
        cosine, sine = np.cos(np.radians(self.angle)), np.sin(np.radians(self.angle))
        wide = float(np.hypot(width * cosine, height * sine))
        high = float(np.hypot(width * sine, height * cosine))
        return left + (width - wide) / 2, top + (height - high) / 2, wide, high

    @property
    def roll(self) -> float:
        """How far the landmarks say that it is turned beyond `angle`, degrees clockwise."""
        upper, lower = self.landmarks[:2].mean(axis=0), self.landmarks[3:].mean(axis=0)
        down = lower - upper
        return wrapped(float(np.degrees(np.arctan2(-down[0], down[1]))) - self.angle)

    def mapped(self, transform: NDArray[np.float64]) -> Candidate:
        """Return the candidate in another picture.

        Parameters
        ----------
        transform
            ``float64 [2, 3]``: turns, scales and shifts this picture's pixels to the other's.
        """
        scale = float(np.hypot(*transform[:, 0]))
        turn = float(np.degrees(np.arctan2(transform[1, 0], transform[0, 0])))
        middle = transform[:, :2] @ self.middle + transform[:, 2]
        width, height = scale * self.frame[2], scale * self.frame[3]
        return dataclasses.replace(
            self,
            frame=(float(middle[0] - width / 2), float(middle[1] - height / 2), width, height),
            landmarks=self.landmarks @ transform[:, :2].T + transform[:, 2],
            angle=wrapped(self.angle + turn),
        )


def from_rows(rows: NDArray[np.float32]) -> list[Candidate]:
    """Turn YuNet's rows, ``float32 [N, 15]``, into candidates."""
    return [
        Candidate(
            frame=(float(row[0]), float(row[1]), float(row[2]), float(row[3])),
            landmarks=row[4:14].reshape(5, 2).astype(np.float64),
            score=float(row[14]),
        )
        for row in rows
    ]


def distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Keep the best of those that are at one place, by decreasing score."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda one: -one.score):
        if not any(same_place(candidate, other) for other in kept):
            kept.append(candidate)
    return kept


def same_place(one: Candidate, other: Candidate) -> bool:
    """Return whether two boxes overlap so much that they cannot be two faces."""
    common, areas = _areas(one.box, other.box)
    return common > OVERLAP * (sum(areas) - common) or common > NESTED * min(areas)


def overlap(one: Box, other: Box) -> float:
    """Return two boxes' intersection over union, 0 to 1."""
    common, areas = _areas(one, other)
    union = sum(areas) - common
    return common / union if union > 0 else 0.0


def wrapped(angle: float) -> float:
    """Return an angle in degrees as over -180 to 180."""
    turned = -((-angle + 180) % 360 - 180)
    return turned if turned else 0.0


def _areas(one: Box, other: Box) -> tuple[float, Sequence[float]]:
    """Return the area that two boxes share, and the area of each."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height), (one[2] * one[3], other[2] * other[3])
