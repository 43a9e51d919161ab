"""Pairs the faces that are followed with the detections of a frame.

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

MAX_DISTANCE = 0.9
"""A detection is not paired with a face from whose expected box it is this far away or farther; the
distance is 1 minus the intersection over union. Only a lost face may appear elsewhere."""

MIN_AREA_RATIO = 0.5
"""Of a detection with a low score and the expected box, the smaller has at least this share of the
other's area; otherwise it shows only a part of a face, or more than one."""

EXPANSION = 1.5
"""Before their overlap is measured, boxes are expanded to all sides by this many standard
deviations of the expected place (Yang et al. 2023 expand by a constant)."""

MAX_EXPANSION = 1.0
"""Boxes are expanded by at most this share of their size."""

STAYED_DISTANCE = 0.2
"""Smallest distance between a lost face and a detection at the place where it was last seen. It may
have stopped there, or come back over the picture's edge, but the expected place is likelier."""

APPEARANCE_WEIGHT = 3.0
"""Weight of the distance in appearance relative to the distance of the boxes."""

MAX_APPEARANCE_DISTANCE = 0.25
"""A detection whose appearance is farther than this from a face's is another face, even at the same
place. In the composed clips, one person's face differs by up to 0.22 where others partly cover
it, and by up to 0.18 in a flash. Most people who replace one another differ by less than that: they
are told apart by place and time, and by cuts."""

REAPPEARANCE_DISTANCE = 0.03
"""A lost face that appears elsewhere keeps its number if its appearance is nearer than this. In
London's photos, that holds for 8 in 10 pairs of one person and for 3 in 100 pairs of two people."""


@dataclasses.dataclass(eq=False)
class Track:
    """A face that is followed."""

    number: int
    motion: Motion
    box: Box
    """Where it was last seen."""
    appearance: NDArray[np.float32] | None
    """As `describe` returns it; None if it is not known."""
    last_seen: float
    """When it was last seen, by the tracker's clock."""
    last_confident: float
    """When it was last seen with a high score, by the same clock."""
    lost_since: float | None = None
    """Since when it has not been seen; None while it is seen."""


@dataclasses.dataclass(frozen=True, eq=False)
class Observation:
    """A detection, with its appearance."""

    index: int
    """Its place among the frame's detections."""
    detection: Detection
    appearance: NDArray[np.float32] | None


Pairs = list[tuple[Track, Observation]]


def pair_by_place(
    tracks: Sequence[Track], observations: Sequence[Observation], min_area_ratio: float = 0.0
) -> Pairs:
    """Pair tracks with detections near the expected places, of about the expected size."""
    if not tracks or not observations:
        return []
    boxes = [one.detection.box for one in observations]
    distances = _box_distances(tracks, boxes)
    differences = _appearance_distances(tracks, observations)
    ratios = np.divide.outer(_areas([one.motion.box for one in tracks]), _areas(boxes))
    impossible = distances >= MAX_DISTANCE
    # A comparison with NaN is false: an unknown appearance rules nothing out.
    impossible |= differences > MAX_APPEARANCE_DISTANCE
    impossible |= np.minimum(ratios, 1 / ratios) < min_area_ratio
    costs = distances + APPEARANCE_WEIGHT * np.nan_to_num(differences)
    costs[impossible] = np.inf
    return [(tracks[row], observations[column]) for row, column in assign(costs, 2.0)]


def _areas(boxes: Sequence[Box]) -> NDArray[np.float64]:
    return np.array([max(1.0, box[2] * box[3]) for box in boxes])


def pair_by_appearance(tracks: Sequence[Track], observations: Sequence[Observation]) -> Pairs:
    """Pair tracks with detections that look like them, wherever they are."""
    if not tracks or not observations:
        return []
    distances = np.nan_to_num(_appearance_distances(tracks, observations), nan=np.inf)
    return [
        (tracks[row], observations[column])
        for row, column in assign(distances, REAPPEARANCE_DISTANCE)
    ]


def _appearance_distances(
    tracks: Sequence[Track], observations: Sequence[Observation]
) -> NDArray[np.float64]:
    """Return the distance in appearance, ``float64 [N, M]``; NaN where one is not known."""
    distances = np.full((len(tracks), len(observations)), np.nan)
    rows = [row for row, track in enumerate(tracks) if track.appearance is not None]
    columns = [column for column, one in enumerate(observations) if one.appearance is not None]
    if rows and columns:
        known = np.array([tracks[row].appearance for row in rows])
        seen = np.array([observations[column].appearance for column in columns])
        distances[np.ix_(rows, columns)] = 1 - known @ seen.T
    return distances


def _box_distances(tracks: Sequence[Track], boxes: Sequence[Box]) -> NDArray[np.float64]:
    """Return 1 minus the overlap of each track's expected box with each box, ``float64 [N, M]``."""
    expansion = np.array([min(MAX_EXPANSION, EXPANSION * track.motion.spread) for track in tracks])
    seen = _expanded(np.array(boxes)[None], expansion[:, None])
    expected = _expanded(np.array([track.motion.box for track in tracks]), expansion)
    distances = 1 - _overlaps(expected, seen)
    lost = np.array([track.lost_since is not None for track in tracks])
    if lost.any():
        last = _expanded(np.array([track.box for track in tracks]), expansion)
        stayed = 1 - _overlaps(last, seen)
        stayed = STAYED_DISTANCE + (1 - STAYED_DISTANCE) * stayed
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


def _expanded(boxes: NDArray[np.float64], expansion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expand boxes by a share of their size to all sides; return left, top, right, bottom."""
    size = np.sqrt(boxes[..., 2] * boxes[..., 3])
    margin = (size * expansion)[..., None]
    return np.concatenate([boxes[..., :2] - margin, boxes[..., :2] + boxes[..., 2:] + margin], -1)
