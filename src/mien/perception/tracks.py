"""Gives the faces of a video numbers that stay with them from frame to frame."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.errors import SettingsError
from mien.perception.assignment import assign
from mien.perception.candidate import Box
from mien.perception.detector import MIN_SCORE, Detection
from mien.perception.motion import Motion

REMEMBER = 2.0
"""Seconds for which a face that is not seen keeps its number."""

APART = 0.9
"""Boxes that overlap by less than 1 less this are not the same face."""

GROWTH = 1.0
"""By how many standard deviations of the expected place boxes are enlarged to all sides before
their overlap is compared (Yang et al. 2023 enlarge by a constant)."""

MOST_GROWTH = 1.0
"""They are enlarged by at most this share of their size."""

_ROUNDING = 1e-6
"""Seconds by which time stamps that stand for the same gap may differ."""


@dataclasses.dataclass(eq=False)
class _Track:
    """A face that is followed."""

    number: int
    motion: Motion
    seen: float
    """When it was last seen, by the tracker's clock."""
    lost: float | None = None
    """When it was first not seen, if it is not seen now."""


class Tracker:
    """Follows faces as ByteTrack does (Zhang et al. 2022), by time rather than by frames.

    Detections with high scores are paired with the tracks first, by how much they overlap with
    where a track is expected; then those with low scores with the tracks that are left. A
    detection with a high score that has no track begins one. Of the faces that appear in one
    frame, the leftmost gets the lowest number; the first of all is 0.

    Numbers depend on nothing but what was given, in turn, and not on the order of a frame's
    detections. Not shared between threads.

    Parameters
    ----------
    remember
        Seconds for which a face that is not seen keeps its number.
    min_score
        Detections with a lower score only continue tracks.

    Raises
    ------
    SettingsError
        If `remember` is negative or not a number.
    """

    def __init__(self, remember: float = REMEMBER, min_score: float = MIN_SCORE) -> None:
        if not 0 <= remember < float("inf"):
            raise SettingsError(
                f"Expected seconds from 0 for which a lost face is remembered, got {remember}.",
                setting="remember",
            )
        self.remember = remember
        self.min_score = min_score
        self._tracks: list[_Track] = []
        self._next = 0
        self._clock = 0.0
        self._time: float | None = None

    def update(
        self,
        time: float,
        detections: Sequence[Detection],
        appearances: NDArray[np.float32] | None = None,
    ) -> list[int | None]:
        """Return the number of each detection of the next frame.

        Parameters
        ----------
        time
            The frame's time in seconds. A time before that of the last frame counts as the same.
        detections
            What was detected in the frame.
        appearances
            ``float32 [N, D]``: how each detection looks, of length 1 each, as from
            `mien.perception.appearance.describe`.

        Returns
        -------
        list
            For each detection the face's number, or None if its score is low and it continues no
            track: it is then not to be trusted.
        """
        self._advance(time)
        order = sorted(range(len(detections)), key=lambda place: _key(detections[place]))
        high = [place for place in order if detections[place].score >= self.min_score]
        low = [place for place in order if detections[place].score < self.min_score]
        numbers: list[int | None] = [None] * len(detections)
        tracks = self._pair(self._tracks, high, detections, numbers)
        self._pair([one for one in tracks if one.lost is None], low, detections, numbers)
        for track in self._tracks:
            if track.seen < self._clock and track.lost is None:
                track.lost = self._clock
        for place in high:
            if numbers[place] is None:
                numbers[place] = self._begin(detections[place].box)
        return numbers

    def cut(self) -> None:
        """End all tracks, since a new shot begins."""
        self._tracks.clear()

    def expected(self, time: float) -> dict[int, Box]:
        """Return where the faces of the last frame are expected at a time.

        Returns
        -------
        dict
            For each face's number its left, top, width and height in pixels; the box may lie
            partly outside the picture.
        """
        import copy

        boxes = {}
        for track in self._tracks:
            if track.lost is None:
                motion = copy.copy(track.motion)
                motion.advance(max(0.0, time - (time if self._time is None else self._time)))
                boxes[track.number] = motion.box
        return boxes

    def _advance(self, time: float) -> None:
        """Go on to a frame's time, and forget what was lost too long ago."""
        passed = 0.0 if self._time is None else max(0.0, time - self._time)
        self._time = time
        self._clock += passed
        oldest = self._clock - self.remember - _ROUNDING
        self._tracks = [
            one for one in self._tracks
            if (one.seen if one.lost is None else one.lost) >= oldest
        ]
        for track in self._tracks:
            track.motion.advance(passed)

    def _pair(
        self,
        tracks: Sequence[_Track],
        places: Sequence[int],
        detections: Sequence[Detection],
        numbers: list[int | None],
    ) -> list[_Track]:
        """Give detections the numbers of the tracks that they fit; return the other tracks."""
        if not tracks or not places:
            return list(tracks)
        costs = _costs(tracks, [detections[place].box for place in places])
        pairs = assign(costs, APART)
        for row, column in pairs:
            track, place = tracks[row], places[column]
            track.motion.correct(detections[place].box)
            track.seen, track.lost = self._clock, None
            numbers[place] = track.number
        paired = {row for row, _ in pairs}
        return [track for row, track in enumerate(tracks) if row not in paired]

    def _begin(self, box: Box) -> int:
        """Begin a track, and return its number."""
        number, self._next = self._next, self._next + 1
        self._tracks.append(_Track(number, Motion(box), self._clock))
        return number


def _key(detection: Detection) -> tuple[float, ...]:
    """Return by what detections are sorted: from left to right, whatever order they came in."""
    return (*detection.box, detection.score)


def _costs(tracks: Sequence[_Track], boxes: Sequence[Box]) -> NDArray[np.float64]:
    """Return 1 less the overlap of each track's expected place with each box."""
    growth = np.array([min(MOST_GROWTH, GROWTH * track.motion.spread) for track in tracks])
    expected = _grown(np.array([track.motion.box for track in tracks]), growth)[:, None]
    seen = _grown(np.array(boxes)[None], growth[:, None])
    sides = np.minimum(expected[..., 2:], seen[..., 2:]) - np.maximum(
        expected[..., :2], seen[..., :2]
    )
    common = np.maximum(sides, 0).prod(axis=-1)
    areas = [(corners[..., 2:] - corners[..., :2]).prod(axis=-1) for corners in (expected, seen)]
    return np.asarray(1 - common / (areas[0] + areas[1] - common), dtype=np.float64)


def _grown(boxes: NDArray[np.float64], growth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Enlarge boxes by a share of their size to all sides; return left, top, right, bottom."""
    size = np.sqrt(boxes[..., 2] * boxes[..., 3])
    margin = (size * growth)[..., None]
    return np.concatenate([boxes[..., :2] - margin, boxes[..., :2] + boxes[..., 2:] + margin], -1)
