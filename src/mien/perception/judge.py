"""Judges what may be a face: is it one, and which way is up.

The scores below were chosen on the faces of JAFFE, Yale, London and FER-2013, turned and upright,
and on pictures without people; benchmarks/detection.py measures the whole.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien.perception.candidate import Candidate, wrapped
from mien.perception.looks import View, look_closely, outside
from mien.perception.yunet import Yunet

WAYS = (90.0, 180.0, -90.0)
"""Turns that are tried if a candidate does not look upright enough, degrees clockwise."""

DIAGONALS = (45.0, 135.0, -135.0, -45.0)
"""Turns that are tried if none of `WAYS` is good."""

ASKEW = 0.8
"""A face that scores less than this in its best way may be turned by 45 degrees from there."""

STEP = 22.5
"""Degrees to both sides of the best turn that are tried too."""

SETTLED = 0.89
"""Minimum score at `WAY_PIXELS` of an upright face that the look at the whole picture found too: it
needs no more looks. Laboratory faces score more than this upright, and less upside down."""

WAY_PIXELS = 48
"""Side of a face in pixels when the ways are compared: smaller is faster, and at larger sizes
YuNet sees faces upside down too."""

SIZES = (64, 32, 96)
"""Other sides in pixels at which a doubtful face must look like one: clutter does so at one size
or another, but rarely at all."""

FINE_PIXELS = 128
"""Side in pixels at which the landmarks of a turned face are found."""

AGREEMENT = 0.82
"""Minimum mean score of a doubtful upright face over `WAY_PIXELS` and `SIZES`."""

TURNED = 0.86
"""The same for a turned face: these are rare, and clutter often looks like a face in some turn."""

HIGHEST = 0.95
"""A score that is hardly ever exceeded. A candidate that could not reach `AGREEMENT` even if it
scored this at the remaining sizes is given up."""

FAINTEST = 0.4
"""A candidate that scores less than this in its best turn is given up."""

MARGIN = 0.03
"""How much better than the others the best turn must be, or which way is up is not certain."""

CUT_OFF = 0.25
"""If more than this share of its window is outside the picture, a face cannot be judged by its
surroundings: the look at the whole picture is trusted."""

FILLING = 0.45
"""So it is for a face whose side is more than this share of the picture's shorter side."""

LIKELY = 0.9
"""A candidate with at least this score is a face, unless it looks better in another turn."""

GAIN = 0.15
"""How much better a face that is cut off must look turned, not to be taken for upright."""

_MORE = TURNED - 0.7
"""`AGREEMENT` and `TURNED` exceed the minimum score by at most this: with a lower minimum than the
default of 0.7, they are lower too."""

SHOWN = 0.6
"""Share of a small turn that YuNet's landmarks show, since it was trained on upright faces."""


@dataclasses.dataclass(frozen=True, eq=False)
class Verdict:
    """A face, after a close look."""

    candidate: Candidate
    doubt: Literal["turned"] | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class _Case:
    """A candidate, and how it looked in the turns that were tried."""

    candidate: Candidate
    scores: dict[float, float] = dataclasses.field(default_factory=dict)
    """The score at `WAY_PIXELS` in each turn that was tried."""
    straightened: bool = False
    """Whether the candidate itself says how far it is turned."""
    taken_upright: bool = False
    """Whether it is taken to be upright, though it looks better in another turn."""

    @property
    def best(self) -> float:
        """The turn in which it looks most like a face, degrees clockwise."""
        return max(self.scores, key=lambda angle: self.scores[angle])

    @property
    def angle(self) -> float:
        """How far it is turned, degrees clockwise."""
        if self.straightened:
            return self.candidate.angle
        return 0.0 if self.taken_upright else self.best

    @property
    def score(self) -> float:
        """The score in its turn."""
        return self.scores[0.0 if self.taken_upright else self.best]

    @property
    def upright(self) -> bool:
        """Whether the candidate need not be turned."""
        return abs(self.angle) <= STEP

    @property
    def doubt(self) -> Literal["turned"] | None:
        """Whether another way is nearly as good."""
        others = [
            score for angle, score in self.scores.items()
            if abs(wrapped(angle - self.angle)) > 2 * STEP
        ]
        return "turned" if self.score - max(others, default=0.0) < MARGIN else None


@dataclasses.dataclass(frozen=True)
class Judge:
    """Judges the candidates of one picture, all of them in the same few looks."""

    yunet: Yunet
    image: NDArray[np.uint8]
    """RGB, ``uint8 [H, W, 3]``."""
    min_score: float
    """Minimum score of a face."""

    def faces(self, candidates: Sequence[Candidate], askew: bool = True) -> list[Verdict]:
        """Return those candidates that are faces, each with its turn.

        Parameters
        ----------
        candidates
            What may be faces, as if all were upright.
        askew
            Whether they may be turned by 45 degrees or so.
        """
        cases = self._turns(candidates, askew)
        cases = [
            *(case for case in cases if case.upright),
            *self._straightened([case for case in cases if not case.upright]),
        ]
        cases = self._agreeing(cases)
        return [Verdict(case.candidate, case.doubt) for case in cases]

    def _turns(self, candidates: Sequence[Candidate], askew: bool) -> list[_Case]:
        """Find the turn in which each candidate looks most like a face."""
        cases = self._best([_Case(one) for one in candidates], [(0.0,)] * len(candidates))
        cases = self._best(cases, [() if self._is_settled(case) else WAYS for case in cases])
        cases = self._best(cases, [
            DIAGONALS if askew and self._may_be_askew(case) else ()
            for case in cases
        ])
        cases = [
            case for case in cases
            if case.score >= FAINTEST or self._is_settled(case) or self._is_taken_upright(case)
        ]
        cases = self._best(cases, [
            (wrapped(case.angle - STEP), wrapped(case.angle + STEP))
            if not self._is_settled(case) else () for case in cases
        ])
        return [
            dataclasses.replace(case, taken_upright=self._is_taken_upright(case)) for case in cases
        ]

    def _may_be_askew(self, case: _Case) -> bool:
        """Return whether a candidate looks a little like a face, but clearly in no way so far."""
        return 0 < case.score < ASKEW and not self._is_settled(case)

    def _best(
        self, cases: Sequence[_Case], angles: Sequence[Sequence[float]]
    ) -> list[_Case]:
        """Look at each case in other turns too, and return it in its best."""
        candidates = [case.candidate for case in cases]
        scores = self._scores(candidates, angles, WAY_PIXELS)
        return [
            dataclasses.replace(
                case, scores=case.scores | dict(zip(turns, values, strict=True))
            )
            for case, turns, values in zip(cases, angles, scores, strict=True)
        ]

    def _straightened(self, cases: Sequence[_Case]) -> list[_Case]:
        """Find the turn and the landmarks of turned faces, looking along with them."""
        views = [View(case.candidate, case.angle) for case in cases]
        for _ in range(2):
            seen = look_closely(self.yunet, self.image, views, FINE_PIXELS)
            views = [
                View(one, wrapped(view.angle + one.roll / SHOWN)) if one else view
                for one, view in zip(seen, views, strict=True)
            ]
        return [
            dataclasses.replace(
                case, candidate=dataclasses.replace(one, angle=view.angle), straightened=True
            )
            for one, view, case in zip(seen, views, cases, strict=True) if one
        ]

    def _agreeing(self, cases: Sequence[_Case]) -> list[_Case]:
        """Keep the cases that look like faces at every size."""
        settled = [case for case in cases if self._is_settled(case)]
        scores = {
            case: [case.score] for case in cases
            if case.candidate.score >= self.min_score and case not in settled
        }
        for pixels in SIZES:
            scores = {case: values for case, values in scores.items() if self._may_be(case, values)}
            seen = self._scores(
                [case.candidate for case in scores], [[case.angle] for case in scores], pixels
            )
            for values, more in zip(scores.values(), seen, strict=True):
                values.extend(more)
        return [*settled, *(case for case, values in scores.items() if self._may_be(case, values))]

    def _is_settled(self, case: _Case) -> bool:
        """Return whether an upright face needs no more looks."""
        if not case.upright or case.candidate.score < self.min_score:
            return False
        if case.taken_upright or (len(case.scores) > 1 and case.candidate.score >= LIKELY):
            return True
        return case.angle == 0 and case.score >= SETTLED

    def _is_taken_upright(self, case: _Case) -> bool:
        """Return whether a face that fills the picture does not look much better turned."""
        if case.candidate.score < self.min_score or not self._is_cut_off(case):
            return False
        gain = case.scores[case.best] - case.scores[0.0]
        return case.scores[case.best] < TURNED or gain < GAIN

    def _may_be(self, case: _Case, scores: Sequence[float]) -> bool:
        """Return whether these scores, with high ones at the other sizes, make a face."""
        most = [*scores, *[HIGHEST] * (1 + len(SIZES) - len(scores))]
        if self._is_cut_off(case):
            most = sorted(most)[-2:]
        least = AGREEMENT if case.upright else TURNED
        return float(np.mean(most)) >= min(least, self.min_score + _MORE)

    def _is_cut_off(self, case: _Case) -> bool:
        fills = case.candidate.side > FILLING * min(self.image.shape[:2])
        return fills or outside(case.candidate, self.image.shape) > CUT_OFF

    def _scores(
        self, candidates: Sequence[Candidate], angles: Sequence[Sequence[float]], pixels: int
    ) -> list[list[float]]:
        """Return each candidate's score at each of its angles; 0 where nothing is seen."""
        views = [
            View(candidate, angle)
            for candidate, turns in zip(candidates, angles, strict=True)
            for angle in turns
        ]
        seen = iter(look_closely(self.yunet, self.image, views, pixels))
        found = [[next(seen) for _ in turns] for turns in angles]
        return [[one.score if one else 0.0 for one in row] for row in found]
