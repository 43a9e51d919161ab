"""Measures a network on labelled faces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.classes import NAMES
from mien.data import Record, Samples
from mien.data.duplicates import fingerprints
from mien.evaluation.bootstrap import Labels, Probabilities
from mien.evaluation.scores import score
from mien.perception.classifier import Classifier
from mien.perception.reader import Reader


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


def evaluate_crops(
    classifier: Classifier, samples: Samples, against: Samples | None = None
) -> dict[str, Any]:
    """Score a network on face crops.

    Parameters
    ----------
    classifier
        The network.
    samples
        The faces to score.
    against
        Training faces; every score is then also given without their pixel-identical twins.

    Returns
    -------
    dict
        What `mien.evaluation.scores.score` gives, ``net``, and with ``against`` what
        `mien.evaluation.evaluate.unique_scores` gives.
    """
    probabilities = classifier.probabilities(samples.images)
    return score_crops(classifier.name, probabilities, samples, against)


def score_crops(
    net: str, probabilities: Probabilities, samples: Samples, against: Samples | None = None
) -> dict[str, Any]:
    """Score what a network said, ``float32 [N, 7]``; otherwise as `evaluate_crops`."""
    scores = {"net": net} | score(probabilities, samples.labels)
    if against is None:
        return scores
    unique = unique_scores(probabilities, samples, against)
    if unique["unique"]:
        accuracy = unique["unique"]["interval"]["accuracy"]
        scores["interval"] |= {"accuracy_unique": accuracy}
    return scores | unique


def evaluate_pictures(reader: Reader, records: Iterable[Record]) -> dict[str, Any]:
    """Score the whole way of a photo: find the face, crop it, read it.

    Of several faces in a picture the largest counts; a picture without one is an error.

    Parameters
    ----------
    reader
        The network and its face finder.
    records
        Labelled pictures of any size.

    Returns
    -------
    dict
        What `mien.evaluation.scores.score` gives, and ``net``.
    """
    probabilities, labels, missed = [np.zeros((0, len(NAMES)), np.float32)], [], []
    for record in records:
        faces = reader.read(record.picture())
        if faces:
            probabilities.append(faces[0].probabilities[None])
            labels.append(record.label)
        else:
            missed.append(record.label)
    return {"net": reader.name} | score(
        np.concatenate(probabilities), _labels(labels), _labels(missed)
    )


def _labels(values: list[int]) -> Labels:
    return np.array(values, dtype=np.int8)
