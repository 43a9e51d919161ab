"""Numbers the faces of a video, so that each keeps its number from frame to frame.

benchmarks/tracking.py measures them on composed clips.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.errors import SettingsError
from mien.perception.association import (
    MIN_AREA_RATIO,
    Observation,
    Pairs,
    Track,
    pair_by_appearance,
    pair_by_place,
)
from mien.perception.candidate import overlap
from mien.perception.detector import MIN_SCORE, Detection
from mien.perception.motion import Motion

REMEMBER = 2.0
"""Seconds for which a face that is not seen keeps its number."""

LEARNING = 0.5
"""Time constant in seconds with which the appearance of a track follows that of its face."""

CROWDED = 0.05
"""The appearance of a face is not learned while its box overlaps another's by more than this."""

_ROUNDING = 1e-6
"""Seconds by which time stamps that stand for the same gap may differ."""


class Tracker:
    """Follows faces as ByteTrack does (Zhang et al. 2022), by time rather than by frames.

    First, detections with high scores are paired with the faces of earlier frames, by their overlap
    with the expected boxes and by appearance; then those with low scores with the remaining faces.
    A lost face may also appear elsewhere, if its appearance is much the same. A detection with a
    high score that fits no face is a new one. Of the faces that appear in one
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
        observations = _sorted(detections, appearances)
        high = [one for one in observations if one.detection.score >= self.min_score]
        low = [one for one in observations if one.detection.score < self.min_score]
        seen = [one for one in self._tracks if one.lost_since is None]
        longest = self.remember + _ROUNDING
        recent = [one for one in seen if self._clock - one.last_confident <= longest]
        numbers: list[int | None] = [None] * len(detections)
        pairs = pair_by_place(self._tracks, high)
        pairs += pair_by_place(_unpaired(recent, pairs), low, MIN_AREA_RATIO)
        lost = [one for one in self._tracks if one.lost_since is not None]
        remaining = [one for one in high if not _is_paired(one, pairs)]
        pairs += pair_by_appearance(_unpaired(lost, pairs), remaining)
        for track, observation in pairs:
            self._continue(track, observation, _is_alone(observation, observations))
            numbers[observation.index] = track.number
        for track in _unpaired(seen, pairs):
            track.lost_since = self._clock
        for observation in high:
            if numbers[observation.index] is None:
                numbers[observation.index] = self._begin(observation)
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
            if (one.last_seen if one.lost_since is None else one.lost_since) >= oldest
        ]
        for track in self._tracks:
            track.motion.advance(passed)

    def _continue(self, track: Track, observation: Observation, alone: bool) -> None:
        """Take in where a face was seen, and how it looks."""
        track.motion.correct(observation.detection.box)
        track.box = observation.detection.box
        high = observation.detection.score >= self.min_score
        if high and alone and observation.appearance is not None:
            passed = self._clock - track.last_confident
            track.appearance = _learned(track.appearance, observation.appearance, passed)
        track.last_seen, track.lost_since = self._clock, None
        track.last_confident = self._clock if high else track.last_confident

    def _begin(self, observation: Observation) -> int:
        """Begin a track, and return its number."""
        number, self._next = self._next, self._next + 1
        box, clock = observation.detection.box, self._clock
        self._tracks.append(Track(number, Motion(box), box, observation.appearance, clock, clock))
        return number


def _sorted(
    detections: Sequence[Detection], appearances: NDArray[np.float32] | None
) -> list[Observation]:
    """Sort detections from left to right, whatever order they came in."""
    known = [None] * len(detections) if appearances is None else [
        row if row.any() else None for row in appearances
    ]
    observations = [
        Observation(index, one, appearance)
        for index, (one, appearance) in enumerate(zip(detections, known, strict=True))
    ]
    return sorted(observations, key=lambda one: (*one.detection.box, one.detection.score))


def _unpaired(tracks: Sequence[Track], pairs: Pairs) -> list[Track]:
    """Return the tracks that have no detection yet."""
    return [track for track in tracks if not any(track is other for other, _ in pairs)]


def _is_paired(observation: Observation, pairs: Pairs) -> bool:
    return any(observation is other for _, other in pairs)


def _is_alone(observation: Observation, observations: Sequence[Observation]) -> bool:
    """Return whether no other face covers part of this one."""
    box = observation.detection.box
    return all(
        other is observation or overlap(box, other.detection.box) <= CROWDED
        for other in observations
    )


def _learned(
    before: NDArray[np.float32] | None, now: NDArray[np.float32], passed: float
) -> NDArray[np.float32]:
    """Return the remembered appearance, moved towards the present one."""
    if before is None:
        return now
    weight = 1 - np.exp(-passed / LEARNING)
    mean = before + weight * (now - before)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)
