"""Gives the faces of a video numbers that stay with them from frame to frame.

benchmarks/tracking.py measures them on composed clips.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.errors import SettingsError
from mien.perception.association import PART, Pairs, Sight, Track, by_looks, by_place
from mien.perception.candidate import overlap
from mien.perception.detector import MIN_SCORE, Detection
from mien.perception.motion import Motion

REMEMBER = 2.0
"""Seconds for which a face that is not seen keeps its number."""

LEARNING = 0.5
"""Seconds after which a face's remembered looks have mostly followed a change (to 1/e)."""

CROWDED = 0.05
"""The looks of a face are not learned while its box overlaps more than this with another's."""

_ROUNDING = 1e-6
"""Seconds by which time stamps that stand for the same gap may differ."""


class Tracker:
    """Follows faces as ByteTrack does (Zhang et al. 2022), by time rather than by frames.

    Detections with high scores are paired with the faces of the frames before first, by their
    overlap with where a face is expected and by their looks; then those with low scores with the
    faces that are left. A lost face may also appear elsewhere, if it looks much alike. A
    detection with a high score that fits no face is a new one. Of the faces that appear in one
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
        self._tracks: list[Track] = []
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
            ``float32 [N, D]``: how each detection looks, from
            `mien.perception.appearance.describe`; zeros if that is not known. None goes by place
            and motion alone.

        Returns
        -------
        list
            For each detection the face's number, or None if its score is low and it continues no
            track: it is then not to be trusted.
        """
        self._advance(time)
        sights = _sorted(detections, appearances)
        high = [one for one in sights if one.detection.score >= self.min_score]
        low = [one for one in sights if one.detection.score < self.min_score]
        seen = [one for one in self._tracks if one.lost is None]
        recent = [one for one in seen if self._clock - one.trusted <= self.remember + _ROUNDING]
        numbers: list[int | None] = [None] * len(detections)
        pairs = by_place(self._tracks, high)
        pairs += by_place(_left(recent, pairs), low, PART)
        lost = [one for one in self._tracks if one.lost is not None]
        pairs += by_looks(_left(lost, pairs), [one for one in high if not _paired(one, pairs)])
        for track, sight in pairs:
            self._continue(track, sight, _is_alone(sight, sights))
            numbers[sight.place] = track.number
        for track in _left(seen, pairs):
            track.lost = self._clock
        for sight in high:
            if numbers[sight.place] is None:
                numbers[sight.place] = self._begin(sight)
        return numbers

    def cut(self) -> None:
        """End all tracks, since a new shot begins."""
        self._tracks.clear()

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

    def _continue(self, track: Track, sight: Sight, alone: bool) -> None:
        """Take in where a face was seen, and how it looks."""
        track.motion.correct(sight.detection.box)
        track.box = sight.detection.box
        high = sight.detection.score >= self.min_score
        if high and alone and sight.looks is not None:
            passed = self._clock - track.trusted
            track.looks = _learned(track.looks, sight.looks, passed)
        track.seen, track.lost = self._clock, None
        track.trusted = self._clock if high else track.trusted

    def _begin(self, sight: Sight) -> int:
        """Begin a track, and return its number."""
        number, self._next = self._next, self._next + 1
        box, clock = sight.detection.box, self._clock
        self._tracks.append(Track(number, Motion(box), box, sight.looks, clock, clock))
        return number


def _sorted(
    detections: Sequence[Detection], appearances: NDArray[np.float32] | None
) -> list[Sight]:
    """Sort detections from left to right, whatever order they came in."""
    known = [None] * len(detections) if appearances is None else [
        row if row.any() else None for row in appearances
    ]
    sights = [
        Sight(place, one, looks)
        for place, (one, looks) in enumerate(zip(detections, known, strict=True))
    ]
    return sorted(sights, key=lambda one: (*one.detection.box, one.detection.score))


def _left(tracks: Sequence[Track], pairs: Pairs) -> list[Track]:
    """Return the tracks that are in no pair."""
    return [track for track in tracks if not any(track is other for other, _ in pairs)]


def _paired(sight: Sight, pairs: Pairs) -> bool:
    return any(sight is other for _, other in pairs)


def _is_alone(sight: Sight, sights: Sequence[Sight]) -> bool:
    """Return whether no other face covers part of this one."""
    box = sight.detection.box
    return all(
        other is sight or overlap(box, other.detection.box) <= CROWDED for other in sights
    )


def _learned(
    before: NDArray[np.float32] | None, now: NDArray[np.float32], passed: float
) -> NDArray[np.float32]:
    """Return the remembered looks, brought nearer to what is seen now."""
    if before is None:
        return now
    weight = 1 - np.exp(-passed / LEARNING)
    looks = before + weight * (now - before)
    return np.asarray(looks / max(float(np.linalg.norm(looks)), 1e-9), dtype=np.float32)
