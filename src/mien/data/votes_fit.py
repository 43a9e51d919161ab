"""Tells whether FER+'s votes are those of the faces, which a row number alone does not show.

A row that is missing from a table moves all later rows by one. The labels show it: taggers who saw
a happy face mostly voted for its label. Two likelihood ratios are compared with bounds:

- All faces together. Votes are taken if the labels are at least 1 / `ERROR` times as probable given
  the votes of their own rows as given those of a random face. Were the votes of random faces, the
  ratio would be 1 on average, so it reaches 1 / `ERROR` with probability `ERROR` at most (Markov's
  inequality).
- Stretches of faces. Votes are refused if, from some face on, those of other rows or of a random
  face fit far better. If the votes are right, the ratio over the faces from a given one on is a
  martingale with mean 1, so it ever exceeds c with probability 1 / c at most (Ville 1939, Étude
  critique de la notion de collectif). Summed over the N faces that a stretch can start at, and over
  the alternatives in `SHIFTS`, c = N / (`ERROR` * weight) gives `ERROR` at most.

Neither bound needs many faces. Both hold as far as labels depend on votes as `LABELS_OF_VOTES`
says.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from mien.errors import DataError
from mien.words import counted, plural

LABELS_OF_VOTES = (
    (0.86, 0.02, 0.10, 0.01, 0.01, 0.01, 0.01),
    (0.37, 0.57, 0.01, 0.01, 0.02, 0.01, 0.01),
    (0.02, 0.01, 0.92, 0.01, 0.01, 0.02, 0.01),
    (0.01, 0.01, 0.01, 0.93, 0.01, 0.01, 0.02),
    (0.04, 0.01, 0.26, 0.01, 0.66, 0.01, 0.01),
    (0.02, 0.01, 0.10, 0.01, 0.01, 0.84, 0.01),
    (0.10, 0.01, 0.12, 0.02, 0.20, 0.01, 0.54),
)
"""Labels of FER-2013 (columns) among faces in which every tagger sees one class (rows).

Fitted by expectation maximisation on Training and PublicTest, each at least 0.01;
tests/data/test_votes_fit.py repeats it on the real data.
"""

ERROR = 0.01
"""Largest probability of each mistake: to take the votes of random faces, and to find a stretch of
other faces among the right ones."""

SHIFTS = {1: 0.5, -1: 0.1, 2: 0.1, -2: 0.05, 3: 0.05}
"""How many rows further on a face's own votes may be, and how much of `ERROR` is spent on each.

One row missing in the data is expected most. The rest is for votes that fit no better than those of
random faces."""

_OF_OTHERS = 1 - sum(SHIFTS.values())

_ENOUGH = -math.log(ERROR)
"""Smallest logarithm of the likelihood ratio with which votes are taken."""

_Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Misfit:
    """A stretch of faces that do not fit their votes."""

    first: int
    """Its first row in the votes."""
    shift: int | None
    """How many rows further on the votes fit; None where they fit nowhere."""


def check_fit(
    labels: NDArray[np.int8],
    rows: NDArray[np.intp],
    counts: NDArray[np.int64],
    source: object,
    setting: str = "votes",
) -> None:
    """Refuse votes that do not belong to the faces that they would be joined with.

    Parameters
    ----------
    labels
        Of FER-2013's classes, ``int8 [N]``.
    rows
        The row of each face in the votes, ``intp [N]``.
    counts
        All votes, ``int64 [R, 10]``, for the seven classes first.
    source
        The file of votes, for messages.
    setting
        The setting that names it.

    Raises
    ------
    DataError
        If all faces together, or a stretch of them, do not fit.
    """
    shares = _shares(counts)
    if len(np.unique(shares, axis=0)) < 2:
        return  # There is nothing that could be mixed up.
    order = np.argsort(rows, kind="stable")
    fit = _Fit(shares, labels[order], rows[order])
    total, misfit = fit.total(), fit.worst_stretch()
    if misfit is not None and (misfit.shift is not None or total >= _ENOUGH):
        raise _misjoined(_of_stretch(source, misfit), setting)
    if total < _ENOUGH:
        raise _misjoined(_of_all(source, len(rows), total), setting)


class _Fit:
    """How well labels fit votes, for faces in the order of their rows."""

    def __init__(self, shares: _Floats, labels: NDArray[np.int8], rows: NDArray[np.intp]) -> None:
        self._shares = shares
        self._labels = labels
        self._rows = rows
        voted = shares.any(axis=1)
        table = np.array(LABELS_OF_VOTES)
        self._table = table / table.sum(axis=1, keepdims=True)
        self._anyone = shares[voted].mean(axis=0) @ self._table
        self._own = self._chances(0)
        self._others = np.log(self._anyone[labels])

    def total(self) -> float:
        """Return the logarithm of the likelihood ratio of these votes to those of a random face."""
        return float((self._own - self._others).sum())

    def worst_stretch(self) -> Misfit | None:
        """Find the stretch that votes of other rows, or of a random face, fit far better."""
        others: list[tuple[int | None, float, _Floats]] = [
            (shift, weight, self._chances(shift)) for shift, weight in SHIFTS.items()
        ]
        others.append((None, _OF_OTHERS, self._others))
        worst, most = None, 0.0
        for shift, weight, chances in others:
            value, start = _best_stretch(chances - self._own)
            # Any face may be the stretch's first.
            excess = value - math.log(len(self._rows) / (ERROR * weight))
            if excess > most:
                worst, most = Misfit(int(self._rows[start]), shift), excess
        return worst

    def _chances(self, shift: int) -> _Floats:
        """Return the logarithm of each label's probability, given the votes some rows on."""
        rows = np.clip(self._rows + shift, 0, len(self._shares) - 1)
        shares = self._shares[rows]
        chances = (shares * self._table[:, self._labels].T).sum(axis=1)
        # Votes for none of the seven say nothing about the label.
        return np.asarray(np.log(np.where(shares.any(axis=1), chances, self._anyone[self._labels])))


def _shares(counts: NDArray[np.int64]) -> _Floats:
    """Return the shares of the seven classes among the votes for them; 0 where there are none."""
    votes = counts[:, : len(LABELS_OF_VOTES)].astype(np.float64)
    return np.asarray(votes / np.maximum(votes.sum(axis=1, keepdims=True), 1))


def _best_stretch(gains: _Floats) -> tuple[float, int]:
    """Return the largest sum of neighbours, and where it starts.

    This is the CUSUM of Page 1954, Continuous Inspection Schemes, Biometrika 41.
    """
    sums = np.concatenate([[0.0], gains.cumsum()])
    lowest = np.minimum.accumulate(sums[:-1])
    end = int((sums[1:] - lowest).argmax())
    return float(sums[end + 1] - lowest[end]), int(sums[: end + 1].argmin())


def _of_all(source: object, count: int, total: float) -> str:
    """Say that the faces together do not fit."""
    if total > -_ENOUGH:
        faces, them = (counted(count, "face is", "faces are"), plural(count, "it", "them"))
        return f"{faces} too few to tell whether the votes in {source} belong to {them}."
    return (
        f"The votes in {source} belong to other faces: the labels of the data fit them no better"
        " than the votes of random faces."
    )


def _of_stretch(source: object, misfit: Misfit) -> str:
    """Say where the faces do not fit, and how they would."""
    start = f"From about row {misfit.first} on, the votes in {source} belong to other faces"
    if misfit.shift is None:
        return f"{start}: the labels of the data fit them no better than those of random faces."
    later = misfit.shift > 0
    rows = counted(abs(misfit.shift), "row")
    reason = (
        f"the data lacks {rows}, or the votes have {rows} too many" if later
        else f"the votes lack {rows}, or the data has {rows} too many"
    )
    way = "later" if later else "earlier"
    return f"{start}: the labels fit the votes {rows} {way}, so {reason}."


def _misjoined(problem: str, setting: str) -> DataError:
    return DataError(
        problem,
        "Votes are joined by the row of the original fer2013.csv. Use that file with all its rows"
        " in their order, or give its rows their original numbers in a column named row, or use"
        " pictures with the number in their names, such as Training_00012.jpg.",
        setting,
    )
