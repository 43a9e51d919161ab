"""Scores of a network against what ten people saw in each face of FER-2013."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.classes import FER2013
from mien.evaluation.bootstrap import Labels, Probabilities, wilson
from mien.evaluation.results import Agreed, VoteIntervals, Votes, VoteShares

AGREED = 8
"""Votes of ten for one expression from which on the taggers count as agreed."""


def vote_scores(
    probabilities: Probabilities, labels: Labels, votes: NDArray[np.int64]
) -> Votes:
    """Score a network, and the data's own labels, against FER+'s votes (Barsoum et al. 2016).

    Parameters
    ----------
    probabilities, labels
        ``float32 [N, 7]`` and ``int8 [N]``, of FER-2013's classes.
    votes
        ``int64 [N, 10]``: votes for FER-2013's seven classes, then for contempt, unknown and no
        face.
    """
    most, winner = votes.max(axis=1), votes.argmax(axis=1)
    tied = (votes == most[:, None]).sum(axis=1) > 1
    ours = ~tied & (winner < len(FER2013))
    predicted = probabilities.argmax(axis=1)
    # Two of ten votes cannot both be 8, but a file may hold other sums.
    agreed = _shares(predicted, labels, winner, ours & (most >= AGREED))
    return Votes(
        **dict(_shares(predicted, labels, winner, ours)),
        ties=int(tied.sum()),
        elsewhere=int((~tied & ~ours).sum()),
        agreed=Agreed(votes=AGREED, **dict(agreed)),
    )


def _shares(
    predicted: NDArray[np.intp],
    labels: Labels,
    winner: NDArray[np.intp],
    rows: NDArray[np.bool_],
) -> VoteShares:
    """Return how often network and label are the winner, among some of the faces."""
    count = int(rows.sum())
    network, label = (int((classes == winner)[rows].sum()) for classes in (predicted, labels))
    return VoteShares(
        n=count,
        accuracy=network / count if count else None,
        label_accuracy=label / count if count else None,
        interval=VoteIntervals(
            accuracy=wilson(network, count), label_accuracy=wilson(label, count)
        ),
    )
