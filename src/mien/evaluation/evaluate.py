"""Measures a network on labelled faces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mien.evaluation.arrays import Labels, Probabilities
from mien.evaluation.scores import score
from mien.evaluation.unique import unique_scores
from mien.expression import NAMES
from mien.fer2013 import Record, Samples
from mien.perception.classifier import Classifier
from mien.perception.reader import Reader


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
        `mien.evaluation.unique.unique_scores` gives.
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
