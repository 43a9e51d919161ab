"""Gives the faces of a video numbers that stay with them from frame to frame.

The constants were chosen on composed clips of faces of London, JAFFE and Yale, and those of
appearance on these sets' photos; benchmarks/tracking.py measures the whole on other faces.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.errors import SettingsError
from mien.perception.assignment import assign
from mien.perception.candidate import Box, overlap
from mien.perception.detector import MIN_SCORE, Detection
from mien.perception.motion import Motion

REMEMBER = 2.0
"""Seconds for which a face that is not seen keeps its number."""

APART = 0.9
"""A detection whose box overlaps by less than 1 less this with where a face is expected is not
that face, unless it looks like it."""

PART = 0.5
"""A detection with a low score whose area is less than this share of what is expected, or the other
way round, is only a part of a face, or more than one."""

GROWTH = 1.5
"""By how many standard deviations of the expected place boxes are enlarged to all sides before
their overlap is compared (Yang et al. 2023 enlarge by a constant)."""

MOST_GROWTH = 1.0
"""They are enlarged by at most this share of their size."""

STAYED = 0.2
"""Least distance of a lost face from where it was last seen: it may have stopped there, or come
back over the edge of the picture, but where it is expected is likelier."""

LOOKS = 3.0
"""Weight of the distance of two looks beside that of two boxes, which is 1 less their overlap."""

STRANGER = 0.25
"""A face that looks more different than this from the expected one is not the same, even at the
same place. In the composed clips, one person's face differs by up to 0.22 where others partly cover
it, and by up to 0.18 in a flash. Most people who replace one another differ by less than that: they
are told apart by place and time, and by cuts."""

FAMILIAR = 0.03
"""A lost face that appears elsewhere is known again if it looks less different than this: 8 in 10
of one person's two photos in London do, and 3 in 100 of two people's."""

LEARNING = 0.5
"""Seconds after which a face's remembered looks have mostly followed a change (to 1/e)."""

CROWDED = 0.05
"""The looks of a face are not learned while its box overlaps more than this with another's."""

_ROUNDING = 1e-6
"""Seconds by which time stamps that stand for the same gap may differ."""


@dataclasses.dataclass(eq=False)
class _Track:
    """A face that is followed."""

    number: int
    motion: Motion
    box: Box
    """Where it was last seen."""
    looks: NDArray[np.float32] | None
    """As `describe` gives them."""
    seen: float
    """When it was last seen, by the tracker's clock."""
    trusted: float
    """When it was last seen with a high score."""
    lost: float | None = None
    """When it was first not seen, if it is not seen now."""


@dataclasses.dataclass(frozen=True, eq=False)
class _Sight:
    """What was detected, in the order in which it came."""

    place: int
    detection: Detection
    looks: NDArray[np.float32] | None


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
        pairs = _by_place(self._tracks, high)
        pairs += _by_place(_left(recent, pairs), low, PART)
        lost = [one for one in self._tracks if one.lost is not None]
        pairs += _by_looks(_left(lost, pairs), [one for one in high if not _paired(one, pairs)])
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

    def expected(self, time: float) -> dict[int, Box]:
        """Return where the faces of the last frame are expected at a time.

        Returns
        -------
        dict
            For each face's number its left, top, width and height in pixels; the box may lie
            partly outside the picture.
        """
        passed = 0.0 if self._time is None else max(0.0, time - self._time)
        boxes = {}
        for track in self._tracks:
            if track.lost is None:
                motion = copy.copy(track.motion)
                motion.advance(passed)
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

    def _continue(self, track: _Track, sight: _Sight, alone: bool) -> None:
        """Take in where a face was seen, and how it looks."""
        track.motion.correct(sight.detection.box)
        track.box = sight.detection.box
        high = sight.detection.score >= self.min_score
        if high and alone and sight.looks is not None:
            passed = self._clock - track.trusted
            track.looks = _learned(track.looks, sight.looks, passed)
        track.seen, track.lost = self._clock, None
        track.trusted = self._clock if high else track.trusted

    def _begin(self, sight: _Sight) -> int:
        """Begin a track, and return its number."""
        number, self._next = self._next, self._next + 1
        box, clock = sight.detection.box, self._clock
        self._tracks.append(_Track(number, Motion(box), box, sight.looks, clock, clock))
        return number


_Pairs = list[tuple[_Track, _Sight]]


def _sorted(
    detections: Sequence[Detection], appearances: NDArray[np.float32] | None
) -> list[_Sight]:
    """Sort detections from left to right, whatever order they came in."""
    known = [None] * len(detections) if appearances is None else [
        row if row.any() else None for row in appearances
    ]
    sights = [
        _Sight(place, one, looks)
        for place, (one, looks) in enumerate(zip(detections, known, strict=True))
    ]
    return sorted(sights, key=lambda one: (*one.detection.box, one.detection.score))


def _left(tracks: Sequence[_Track], pairs: _Pairs) -> list[_Track]:
    """Return the tracks that are in no pair."""
    return [track for track in tracks if not any(track is other for other, _ in pairs)]


def _paired(sight: _Sight, pairs: _Pairs) -> bool:
    return any(sight is other for _, other in pairs)


def _is_alone(sight: _Sight, sights: Sequence[_Sight]) -> bool:
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


def _by_place(tracks: Sequence[_Track], sights: Sequence[_Sight], part: float = 0.0) -> _Pairs:
    """Pair tracks with what is seen about where they are expected, and about as large."""
    if not tracks or not sights:
        return []
    boxes = [one.detection.box for one in sights]
    distances = _box_distances(tracks, boxes)
    looks = _look_distances(tracks, sights)
    ratios = np.divide.outer(_areas([one.motion.box for one in tracks]), _areas(boxes))
    strange = (distances >= APART) | (looks > STRANGER) | (np.minimum(ratios, 1 / ratios) < part)
    costs = distances + LOOKS * np.nan_to_num(looks)
    costs[strange] = np.inf
    return [(tracks[row], sights[column]) for row, column in assign(costs, 2.0)]


def _areas(boxes: Sequence[Box]) -> NDArray[np.float64]:
    return np.array([max(1.0, box[2] * box[3]) for box in boxes])


def _by_looks(tracks: Sequence[_Track], sights: Sequence[_Sight]) -> _Pairs:
    """Pair tracks with what looks like them, wherever it is."""
    if not tracks or not sights:
        return []
    looks = np.nan_to_num(_look_distances(tracks, sights), nan=np.inf)
    return [(tracks[row], sights[column]) for row, column in assign(looks, FAMILIAR)]


def _look_distances(tracks: Sequence[_Track], sights: Sequence[_Sight]) -> NDArray[np.float64]:
    """Return how different each track and each sight look, 0 to 1; NaN if that is not known."""
    distances = np.full((len(tracks), len(sights)), np.nan)
    rows = [row for row, track in enumerate(tracks) if track.looks is not None]
    columns = [column for column, sight in enumerate(sights) if sight.looks is not None]
    if rows and columns:
        known = np.array([tracks[row].looks for row in rows])
        seen = np.array([sights[column].looks for column in columns])
        distances[np.ix_(rows, columns)] = 1 - known @ seen.T
    return distances


def _box_distances(tracks: Sequence[_Track], boxes: Sequence[Box]) -> NDArray[np.float64]:
    """Return 1 less the overlap of where each track is expected with each box."""
    growth = np.array([min(MOST_GROWTH, GROWTH * track.motion.spread) for track in tracks])
    seen = _grown(np.array(boxes)[None], growth[:, None])
    expected = _grown(np.array([track.motion.box for track in tracks]), growth)
    distances = 1 - _overlaps(expected, seen)
    lost = np.array([track.lost is not None for track in tracks])
    if lost.any():
        last = _grown(np.array([track.box for track in tracks]), growth)
        stayed = 1 - _overlaps(last, seen)
        stayed = STAYED + (1 - STAYED) * stayed
        distances = np.where(lost[:, None], np.minimum(stayed, distances), distances)
    return distances


def _overlaps(
    corners: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the intersection over union of N boxes with N rows of M, ``float64 [N, M]``."""
    corners = corners[:, None]
    low = np.maximum(corners[..., :2], others[..., :2])
    high = np.minimum(corners[..., 2:], others[..., 2:])
    common = np.maximum(high - low, 0).prod(axis=-1)
    areas = [(one[..., 2:] - one[..., :2]).prod(axis=-1) for one in (corners, others)]
    return np.asarray(common / (areas[0] + areas[1] - common), dtype=np.float64)


def _grown(boxes: NDArray[np.float64], growth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Enlarge boxes by a share of their size to all sides; return left, top, right, bottom."""
    size = np.sqrt(boxes[..., 2] * boxes[..., 3])
    margin = (size * growth)[..., None]
    return np.concatenate([boxes[..., :2] - margin, boxes[..., :2] + boxes[..., 2:] + margin], -1)
