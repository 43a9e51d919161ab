"""Scores of a network against what ten people saw in each face."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.classes import NAMES
from mien.evaluation.bootstrap import Labels, Probabilities, wilson

AGREED = 8
"""Votes of ten for one expression from which on the taggers count as agreed."""


def vote_scores(
    probabilities: Probabilities, labels: Labels, votes: NDArray[np.int64]
) -> dict[str, Any]:
    """Score a network, and the data's own labels, against FER+'s votes (Barsoum et al. 2016).

    Parameters
    ----------
    probabilities, labels
        ``float32 [N, 7]`` and ``int8 [N]``.
    votes
        ``int64 [N, 10]``: votes for the seven classes, then for what is none of them.

    Returns
    -------
    dict
        ``n``, faces whose most frequent vote is one of the seven; ``ties``, faces without one
        most frequent vote; ``elsewhere``, faces where it is contempt, unknown or no face;
        ``accuracy`` and ``label_accuracy``, how often the network and the data's label are
        that vote; ``agreed``, the same of the faces where at least `AGREED` taggers agree on
        one of the seven. Each with ``interval`` (Wilson), and None where there is no face.
    """
    most, winner = votes.max(axis=1), votes.argmax(axis=1)
    tied = (votes == most[:, None]).sum(axis=1) > 1
    ours = ~tied & (winner < len(NAMES))
    predicted = probabilities.argmax(axis=1)
    # Two of ten votes cannot both be 8, but a file may hold other sums.
    agreed = ours & (most >= AGREED)
    return {
        **_shares(predicted, labels, winner, ours),
        "ties": int(tied.sum()),
        "elsewhere": int((~tied & ~ours).sum()),
        "agreed": {"votes": AGREED, **_shares(predicted, labels, winner, agreed)},
    }


def _shares(
    predicted: NDArray[np.intp],
    labels: Labels,
    winner: NDArray[np.intp],
    rows: NDArray[np.bool_],
) -> dict[str, Any]:
    """Give how often network and label are the winner among some faces."""
    count = int(rows.sum())
    hits = {
        "accuracy": int((predicted == winner)[rows].sum()),
        "label_accuracy": int((labels == winner)[rows].sum()),
    }
    shares = {name: right / count if count else None for name, right in hits.items()}
    intervals = {name: wilson(right, count) for name, right in hits.items()}
    return {"n": count, **shares, "interval": intervals}
