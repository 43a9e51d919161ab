"""What a timeline remembers of a clip: each face's probabilities, in a bounded number of bins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.perception.face import Face, numbered

BINS = 4096
"""Most bins of a clip: two or three to a column of pixels."""

_FINEST = 0.001
"""Width of the bins of a clip of a few seconds, in seconds: less than from frame to frame."""


class Bin:
    """What a face showed in a short time: one frame of a short clip, many of a long one."""

    __slots__ = ("begin", "end", "frames", "high", "low", "seconds", "shown", "total")

    def __init__(self, classes: int, begin: float) -> None:
        self.begin = self.end = begin
        self.frames = 0
        self.seconds = 0.0
        self.total = np.zeros(classes)
        self.low = np.ones(classes)
        self.high = np.zeros(classes)
        self.shown = np.zeros(classes + 1)  # seconds of each expression, then unsure

    def add(self, face: Face, begin: float, end: float) -> None:
        """Add a frame with the face."""
        seconds = max(end - begin, 1e-6)  # so that a mean exists
        self.end = end
        self.frames += 1
        self.seconds += seconds
        self.total += face.probabilities * seconds
        self.low = np.minimum(self.low, face.probabilities)
        self.high = np.maximum(self.high, face.probabilities)
        self.shown[face.expression.number if face.sure else -1] += seconds

    def join(self, later: Bin) -> None:
        """Take over what a later bin holds."""
        self.end = later.end
        self.frames += later.frames
        self.seconds += later.seconds
        self.total += later.total
        self.low = np.minimum(self.low, later.low)
        self.high = np.maximum(self.high, later.high)
        self.shown += later.shown

    @property
    def middle(self) -> float:
        """The time that its values stand for."""
        return self.begin if self.frames == 1 else (self.begin + self.end) / 2

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean probabilities, ``float64 [K]``."""
        mean: NDArray[np.float64] = self.total / self.seconds
        return mean


class Bins:
    """The bins of all faces of a clip, which become wider as it goes on.

    Parameters
    ----------
    classes
        How many classes there are.
    """

    def __init__(self, classes: int) -> None:
        self._classes = classes
        self._begin: float | None = None  # of the first frame
        self._width = _FINEST
        self.faces: dict[int, dict[int, Bin]] = {}
        """By face, the bins in which it was seen, by their place and in order of time."""

    def add(self, faces: Sequence[Face], begin: float, end: float) -> None:
        """Add a frame that is shown from a time until another."""
        if self._begin is None:
            self._begin = begin
        while (place := int((begin - self._begin) / self._width)) >= BINS:
            self._widen()
        for face_id, face in numbered(faces):
            bins = self.faces.setdefault(face_id, {})
            if place not in bins:
                bins[place] = Bin(self._classes, begin)
            bins[place].add(face, begin, end)

    def runs(self, face_id: int) -> list[list[Bin]]:
        """Return a face's bins in order of time, one list per unbroken appearance."""
        runs: list[list[Bin]] = []
        for item in self.faces[face_id].values():
            # Frames follow each other without a gap, so times are equal, but for joined bins.
            if not runs or item.begin - runs[-1][-1].end > self._width / 2:
                runs.append([])
            runs[-1].append(item)
        return runs

    def _widen(self) -> None:
        """Join the bins in pairs."""
        self._width *= 2
        for face_id, bins in self.faces.items():
            wider: dict[int, Bin] = {}
            for place, item in bins.items():
                if place // 2 in wider:
                    wider[place // 2].join(item)
                else:
                    wider[place // 2] = item
            self.faces[face_id] = wider
