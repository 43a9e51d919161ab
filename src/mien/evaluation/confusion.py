"""The confusion matrix, and the scores that come from it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.classes import NAMES
from mien.evaluation.bootstrap import Labels, Weighted, Weights

MISSED = len(NAMES)
"""What `confusion` takes as the prediction for a face that was not found."""

Predicted = NDArray[np.integer[Any]]
"""``[N]``, 0 to 6, or `MISSED`."""

_SHAPE = (len(NAMES), len(NAMES) + 1)


def confusion(labels: Labels, predicted: Predicted) -> NDArray[np.int64]:
    """Count ``int64 [7, 8]``: rows are the true classes, columns the predicted ones.

    The last column counts the faces that were not found; `MISSED` stands for them in
    ``predicted``.
    """
    cells = labels.astype(np.int64) * _SHAPE[1] + predicted
    return np.bincount(cells, minlength=_SHAPE[0] * _SHAPE[1]).reshape(_SHAPE)


def macro_f1(matrix: NDArray[np.int64]) -> float:
    """Give the mean F1 of the classes that are there, truly or by prediction."""
    counts = matrix.astype(np.float64)
    both = counts.sum(axis=1) + counts.sum(axis=0)[:MISSED]
    return float(_mean_where(2 * counts.diagonal(), both))


def balanced_accuracy(matrix: NDArray[np.int64]) -> float:
    """Give the mean recall of the classes that have a face (Brodersen et al. 2010)."""
    counts = matrix.astype(np.float64)
    return float(_mean_where(counts.diagonal(), counts.sum(axis=1)))


def weighted_macro_f1(labels: Labels, predicted: Predicted) -> Weighted:
    """Give `macro_f1` as a function of weights."""
    right, totals, answers = _marks(labels, predicted)
    return lambda weights: _mean_where(2 * (weights @ right), weights @ (totals + answers))


def weighted_balanced_accuracy(labels: Labels, predicted: Predicted) -> Weighted:
    """Give `balanced_accuracy` as a function of weights."""
    right, totals, _ = _marks(labels, predicted)
    return lambda weights: _mean_where(weights @ right, weights @ totals)


def weighted_f1(labels: Labels, predicted: Predicted, label: int) -> Weighted:
    """Give the F1 of one class as a function of weights; NaN where nothing is of the class."""
    right, totals, answers = (marks[:, label] for marks in _marks(labels, predicted))

    def score(weights: Weights) -> NDArray[np.float64]:
        both = weights @ (totals + answers)
        return np.where(both > 0, 2 * (weights @ right) / np.maximum(both, 1), np.nan)

    return score


def _marks(
    labels: Labels, predicted: Predicted
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mark each face's class if right, its true class and its predicted one, ``[N, 7]`` each."""
    classes = np.eye(MISSED + 1)[:, :MISSED]
    totals, answers = classes[labels], classes[predicted]
    return totals * answers, totals, answers


def _mean_where(
    parts: NDArray[np.float64], wholes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the mean of ``parts / wholes`` over the last axis, without those of nothing."""
    there = wholes > 0
    shares = np.where(there, parts, 0) / np.where(there, wholes, 1)
    return np.asarray(shares.sum(axis=-1) / there.sum(axis=-1))
