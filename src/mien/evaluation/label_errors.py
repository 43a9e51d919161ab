"""Tells how often people agree that a label is wrong, and with what is suggested for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.arrays import Labels, Probabilities
from mien.evaluation.intervals import wilson
from mien.fer2013.audit_labels import LabelErrors, suggest

FIRST = 100
"""Faces of the worst that are also counted alone, since a list is rarely used to its end."""


def vote_agreement(
    found: LabelErrors, labels: Labels, probabilities: Probabilities, votes: NDArray[np.int64]
) -> dict[str, Any]:
    """Compare likely label errors with FER+'s votes (Barsoum et al. 2016), and with all faces.

    A face counts where one choice has more votes than any other; contempt, unknown and no face
    are such choices too, which are neither the suggested class nor the given label.

    Parameters
    ----------
    found
        What was found from ``probabilities``.
    labels, probabilities
        ``int8 [N]`` and ``float32 [N, 7]`` of all the faces.
    votes
        ``int64 [N, 10]``, as `mien.fer2013.votes.Votes.of` gives them.

    Returns
    -------
    dict
        ``found``, ``first`` and ``all``: the faces that were found, the worst `FIRST` of them that
        count, and for comparison all faces. Each has ``n``, the faces that count; ``suggested``
        and ``given``, the share of these whose most frequent vote is the likeliest other class,
        and is the given label; ``interval`` (Wilson) of both. Shares are None where no face
        counts.
    """
    winner = votes.argmax(axis=1)
    alone = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) == 1
    listed, everyone = found.rows[alone[found.rows]], np.flatnonzero(alone)
    hits = {"suggested": winner == suggest(labels, probabilities), "given": winner == labels}
    groups = {"found": listed, "first": listed[:FIRST], "all": everyone}
    return {name: _shares(hits, rows) for name, rows in groups.items()}


def _shares(hits: dict[str, NDArray[np.bool_]], rows: NDArray[np.intp]) -> dict[str, Any]:
    count = len(rows)
    sums = {name: int(hit[rows].sum()) for name, hit in hits.items()}
    shares = {name: right / count if count else None for name, right in sums.items()}
    return {
        "n": count,
        **shares,
        "interval": {name: wilson(right, count) for name, right in sums.items()},
    }
