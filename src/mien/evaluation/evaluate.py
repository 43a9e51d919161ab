"""Measures a network on labelled faces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mien.evaluation.scores import Labels, Probabilities, score
from mien.expression import NAMES
from mien.fer2013 import Record, Samples
from mien.fer2013.twins import has_twin_in
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
        Training faces; accuracy is then also given without their pixel-identical twins.

    Returns
    -------
    dict
        What `mien.evaluation.scores.score` gives, ``net``, and with ``against`` ``n_unique``,
        ``accuracy_unique`` and their interval.
    """
    probabilities = classifier.probabilities(samples.images)
    scores = {"net": classifier.card.name} | score(probabilities, samples.labels)
    if against is None:
        return scores
    return scores | unique_scores(probabilities, samples, against, scores["interval"])


def unique_scores(
    probabilities: Probabilities, samples: Samples, against: Samples, interval: dict[str, Any]
) -> dict[str, Any]:
    """Score only the faces without a pixel-identical twin in ``against``."""
    rows = ~has_twin_in(samples, against)
    if not rows.any():
        return {"n_unique": 0, "accuracy_unique": None}
    unique = score(probabilities[rows], samples.labels[rows])
    return {
        "n_unique": unique["n"],
        "accuracy_unique": unique["accuracy"],
        "interval": interval | {"accuracy_unique": unique["interval"]["accuracy"]},
    }


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
    return {"net": reader.card.name} | score(
        np.concatenate(probabilities), _labels(labels), _labels(missed)
    )


def _labels(values: list[int]) -> Labels:
    return np.array(values, dtype=np.int8)
