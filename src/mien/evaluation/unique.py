"""Scores without the faces that a network has seen in training."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.arrays import Probabilities
from mien.evaluation.scores import score
from mien.fer2013 import Samples
from mien.fer2013.twins import fingerprints


def unique_scores(
    probabilities: Probabilities, samples: Samples, against: Samples, seed: int = 0
) -> dict[str, Any]:
    """Score only the faces without a pixel-identical twin in ``against``.

    Parameters
    ----------
    probabilities
        ``float32 [N, 7]`` of ``samples``.
    samples, against
        The faces that are scored, and those of the training.
    seed
        Seed of the bootstrap.

    Returns
    -------
    dict
        ``n_unique``, ``accuracy_unique``, ``unique`` (every score of these faces, as
        `mien.evaluation.scores.score` gives them), and ``conflicts``: how many faces of
        ``samples`` have a twin in ``against`` that is labelled otherwise. Accuracy and scores
        are None where every face has a twin.
    """
    seen, conflicts = _twins(samples, against)
    rows = ~seen
    unique = score(probabilities[rows], samples.labels[rows], seed=seed) if rows.any() else None
    return {
        "n_unique": unique["n"] if unique else 0,
        "accuracy_unique": unique["accuracy"] if unique else None,
        "unique": unique,
        "conflicts": int(conflicts.sum()),
    }


def _twins(samples: Samples, against: Samples) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Mark the faces with a twin, and those with a twin of another label, ``bool [N]`` each."""
    known: dict[bytes, set[int]] = {}
    for print_, label in zip(fingerprints(against), against.labels.tolist(), strict=True):
        known.setdefault(print_, set()).add(label)
    labels = [known.get(print_, set()) for print_ in fingerprints(samples)]
    own = samples.labels.tolist()
    return (
        np.array([bool(each) for each in labels], dtype=np.bool_),
        np.array([bool(each - {mine}) for each, mine in zip(labels, own, strict=True)], np.bool_),
    )
