"""Pairs faces that are followed with what is detected in a frame.

The constants were chosen on composed clips of faces of London, JAFFE and Yale, and those of
appearance on these sets' photos; benchmarks/tracking.py measures the whole on other faces.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.perception.assignment import assign
from mien.perception.candidate import Box
from mien.perception.detector import Detection
from mien.perception.motion import Motion

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


@dataclasses.dataclass(eq=False)
class Track:
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
class Sight:
    """What was detected, in the order in which it came."""

    place: int
    detection: Detection
    looks: NDArray[np.float32] | None


Pairs = list[tuple[Track, Sight]]


def by_place(tracks: Sequence[Track], sights: Sequence[Sight], part: float = 0.0) -> Pairs:
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


def by_looks(tracks: Sequence[Track], sights: Sequence[Sight]) -> Pairs:
    """Pair tracks with what looks like them, wherever it is."""
    if not tracks or not sights:
        return []
    looks = np.nan_to_num(_look_distances(tracks, sights), nan=np.inf)
    return [(tracks[row], sights[column]) for row, column in assign(looks, FAMILIAR)]


def _look_distances(tracks: Sequence[Track], sights: Sequence[Sight]) -> NDArray[np.float64]:
    """Return how different each track and each sight look, 0 to 1; NaN if that is not known."""
    distances = np.full((len(tracks), len(sights)), np.nan)
    rows = [row for row, track in enumerate(tracks) if track.looks is not None]
    columns = [column for column, sight in enumerate(sights) if sight.looks is not None]
    if rows and columns:
        known = np.array([tracks[row].looks for row in rows])
        seen = np.array([sights[column].looks for column in columns])
        distances[np.ix_(rows, columns)] = 1 - known @ seen.T
    return distances


def _box_distances(tracks: Sequence[Track], boxes: Sequence[Box]) -> NDArray[np.float64]:
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
