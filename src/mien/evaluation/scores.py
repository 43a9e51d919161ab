"""Scores of a network's probabilities against the true labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import DataError
from mien.evaluation.intervals import bootstrap, wilson
from mien.expression import NAMES

BINS = 15
"""Equal-width bins of confidence behind the calibration error (Guo et al. 2017)."""

MISSED = len(NAMES)
"""What `confusion` takes as the prediction for a face that was not found."""

Probabilities = NDArray[np.float32]
"""``float32 [N, 7]``, rows summing to 1."""

Labels = NDArray[np.int8]
"""``int8 [N]``, 0 to 6."""


def confusion(labels: Labels, predicted: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Count ``int64 [7, 8]``: rows are the true classes, columns the predicted ones.

    The last column counts the faces that were not found; `MISSED` stands for them in
    ``predicted``.
    """
    rows, columns = len(NAMES), len(NAMES) + 1
    cells = labels.astype(np.int64) * columns + predicted
    return np.bincount(cells, minlength=rows * columns).reshape(rows, columns)


def macro_f1(matrix: NDArray[np.int64]) -> float:
    """Give the mean F1 of the classes that are there, truly or by prediction."""
    both = matrix.sum(axis=0)[: len(NAMES)] + matrix.sum(axis=1)
    return float((2 * matrix.diagonal()[both > 0] / both[both > 0]).mean())


def nll(probabilities: Probabilities, labels: Labels) -> float:
    """Give the mean negative log-likelihood, in nats."""
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(chosen, 1e-12)).mean())


def ece(probabilities: Probabilities, labels: Labels) -> float:
    """Give the expected calibration error of the top class over `BINS` equal-width bins."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=right - confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(labels))


def score(
    probabilities: Probabilities,
    labels: Labels,
    missed: Labels | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Score a network, with 95% intervals.

    Parameters
    ----------
    probabilities
        ``float32 [N, 7]``, rows summing to 1.
    labels
        ``int8 [N]``, the true classes.
    missed
        ``int8 [M]``, the true classes of the faces that were not found; each is an error in
        accuracy, macro-F1 and recall, and has no part in ``ece`` and ``nll``.
    seed
        Seed of the bootstrap.

    Returns
    -------
    dict
        Plain JSON: ``n`` (N + M), ``accuracy``, ``macro_f1``, ``recall`` by class (None for a
        class without a face), ``confusion`` (7x7, rows true), ``missed`` by class, ``ece``,
        ``nll`` (both None where no face was found), and ``interval`` with the 95% interval of
        each score: Wilson for accuracy and recalls, bootstrap for the others.

    Raises
    ------
    DataError
        If there is nothing to score.
    """
    lost = np.zeros(0, np.int8) if missed is None else missed
    truth = np.concatenate([labels, lost])
    predicted = np.concatenate([probabilities.argmax(axis=1), np.full(len(lost), MISSED)])
    if not len(truth):
        raise DataError("There is no face to score.", "Name a split that has faces.")
    matrix = confusion(truth, predicted)
    totals, right = matrix.sum(axis=1), int(matrix.trace())
    confidence, confidence_intervals = _confidence_scores(probabilities, labels, seed)
    return {
        "n": len(truth),
        "accuracy": right / len(truth),
        "macro_f1": macro_f1(matrix),
        "recall": {
            name: int(matrix[row, row]) / int(totals[row]) if totals[row] else None
            for row, name in enumerate(NAMES)
        },
        "confusion": matrix[:, :MISSED].tolist(),
        "missed": dict(zip(NAMES, matrix[:, MISSED].tolist(), strict=True)),
        **confidence,
        "interval": {
            "accuracy": wilson(right, len(truth)),
            "macro_f1": bootstrap(
                lambda rows: macro_f1(confusion(truth[rows], predicted[rows])), len(truth), seed
            ),
            "recall": {
                name: wilson(int(matrix[row, row]), int(totals[row]))
                for row, name in enumerate(NAMES)
            },
            **confidence_intervals,
        },
    }


def _confidence_scores(
    probabilities: Probabilities, labels: Labels, seed: int
) -> tuple[dict[str, float | None], dict[str, tuple[float, float]]]:
    """Give ece and nll, and their intervals."""
    if not len(labels):
        return {"ece": None, "nll": None}, {}
    functions = {"ece": ece, "nll": nll}
    values: dict[str, float | None] = {
        name: function(probabilities, labels) for name, function in functions.items()
    }
    intervals = {
        name: bootstrap(
            lambda rows, f=function: f(probabilities[rows], labels[rows]),  # type: ignore[misc]
            len(labels),
            seed,
        )
        for name, function in functions.items()
    }
    return values, intervals
