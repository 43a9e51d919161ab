"""Scores of tracking: MOTA (Bernardin and Stiefelhagen 2008) and IDF1 (Ristani et al. 2016)."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from mien.perception.assignment import assign
from mien.perception.candidate import Box, overlap

OVERLAP = 0.5
"""Least intersection over union of a tracked box and a true one to be taken for a pair."""


@dataclasses.dataclass(frozen=True)
class TrackedFrame:
    """What is in a frame, and what was tracked."""

    truth: Mapping[int, Box]
    """The box of each person."""
    tracked: Mapping[int, Box]
    """The box of each number that the tracker gave."""
    ignored: Sequence[Box] = ()
    """Boxes of faces that are hidden too much to count: tracking them is neither right nor wrong,
    and so are other tracked boxes there."""


@dataclasses.dataclass(frozen=True)
class TrackingScores:
    """How well faces were tracked over the frames of one clip, or of several."""

    truth: int
    """True boxes in all frames."""
    tracked: int
    """Tracked boxes in all frames, without those at the place of ignored ones."""
    misses: int
    """True boxes that were not tracked."""
    false_positives: int
    """Tracked boxes that are not true."""
    switches: int
    """How often a person got another number than before."""
    identified: int
    """Boxes of the right number, if each person is given the one number that suits all best."""

    @property
    def mota(self) -> float:
        """Multiple object tracking accuracy: 1 less all errors for each true box."""
        return 1 - (self.misses + self.false_positives + self.switches) / max(1, self.truth)

    @property
    def idf1(self) -> float:
        """F1 of identification: the share of boxes, true and tracked, that are `identified`."""
        return 2 * self.identified / max(1, self.truth + self.tracked)

    def __add__(self, other: TrackingScores) -> TrackingScores:
        """Return the scores of both clips together, whose people are different."""
        pairs = zip(dataclasses.astuple(self), dataclasses.astuple(other), strict=True)
        return TrackingScores(*(one + two for one, two in pairs))


def score_tracking(frames: Iterable[TrackedFrame], least: float = OVERLAP) -> TrackingScores:
    """Score the tracking of a clip.

    In each frame, a person keeps the number of the frame before while the boxes still overlap by
    `least`; the others are paired so that the overlap is the largest. A person who got a number
    other than the last one, even after a gap, makes a switch.

    Parameters
    ----------
    frames
        In turn.
    least
        Least overlap of a pair, 0 to 1.
    """
    last: dict[int, int] = {}
    together: collections.Counter[tuple[int, int]] = collections.Counter()
    truth = tracked = paired = switches = 0
    for frame in frames:
        pairs = _pairs(frame, last, least)
        boxes = _counted(frame, set(pairs.values()), least)
        switches += sum(last.get(person, number) != number for person, number in pairs.items())
        last.update(pairs)
        together.update(
            (person, number)
            for person, true in frame.truth.items() for number, box in boxes.items()
            if overlap(true, box) >= least
        )
        truth, tracked, paired = truth + len(frame.truth), tracked + len(boxes), paired + len(pairs)
    return TrackingScores(
        truth, tracked, truth - paired, tracked - paired, switches, _identified(together)
    )


def _pairs(frame: TrackedFrame, last: Mapping[int, int], least: float) -> dict[int, int]:
    """Return the number of each person who is tracked in this frame."""
    pairs = {
        person: last[person] for person, box in frame.truth.items()
        if person in last and last[person] in frame.tracked
        and overlap(box, frame.tracked[last[person]]) >= least
    }
    people = [person for person in frame.truth if person not in pairs]
    numbers = [number for number in frame.tracked if number not in pairs.values()]
    costs = np.array([
        [1 - overlap(frame.truth[person], frame.tracked[number]) for number in numbers]
        for person in people
    ]).reshape(len(people), len(numbers))
    costs[costs > 1 - least] = np.inf
    # As many pairs as possible, whatever they cost.
    for row, column in assign(costs, 1.0 + len(people)):
        pairs[people[row]] = numbers[column]
    return pairs


def _counted(frame: TrackedFrame, paired: set[int], least: float) -> dict[int, Box]:
    """Leave out what was tracked at an ignored place."""
    return {
        number: box for number, box in frame.tracked.items()
        if number in paired or all(overlap(box, other) < least for other in frame.ignored)
    }


def _identified(together: Mapping[tuple[int, int], int]) -> int:
    """Return the most boxes that can be right if each person has one number of their own."""
    people = sorted({person for person, _ in together})
    numbers = sorted({number for _, number in together})
    counts = np.array([
        [together.get((person, number), 0) for number in numbers] for person in people
    ], dtype=np.float64).reshape(len(people), len(numbers))
    return sum(int(counts[pair]) for pair in assign(-counts, 0.0))
