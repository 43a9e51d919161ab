"""The confusion matrix, and the scores that come from it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.bootstrap import Labels, Weighted, Weights

Predicted = NDArray[np.integer[Any]]
"""Predicted classes ``[N]``: 0 to K - 1, or K for a face that was not detected."""


def confusion(labels: Labels, predicted: Predicted, classes: int) -> NDArray[np.int64]:
    """Count faces by true and predicted class.

    Parameters
    ----------
    labels, predicted
        ``[N]`` each; K in ``predicted`` stands for a face that was not detected.
    classes
        How many classes there are, K.

    Returns
    -------
    numpy.ndarray
        ``int64 [K, K + 1]``: rows are the true classes, columns the predicted ones, and the last
        column counts the faces that were not detected.
    """
    cells = labels.astype(np.int64) * (classes + 1) + predicted
    counts = np.bincount(cells, minlength=classes * (classes + 1))
    return counts.reshape(classes, classes + 1)


def macro_f1(matrix: NDArray[np.int64]) -> float:
    """Return the mean F1 of the classes that were labelled or predicted at all."""
    counts = matrix.astype(np.float64)
    both = counts.sum(axis=1) + counts.sum(axis=0)[:-1]
    return float(_mean_where(2 * counts.diagonal(), both))


def balanced_accuracy(matrix: NDArray[np.int64]) -> float:
    """Return the mean recall of the classes that have a face (Brodersen et al. 2010)."""
    counts = matrix.astype(np.float64)
    return float(_mean_where(counts.diagonal(), counts.sum(axis=1)))


def weighted_macro_f1(labels: Labels, predicted: Predicted, classes: int) -> Weighted:
    """Return `macro_f1` as a function of weights."""
    right, totals, answers = _marks(labels, predicted, classes)
    return lambda weights: _mean_where(2 * (weights @ right), weights @ (totals + answers))


def weighted_balanced_accuracy(labels: Labels, predicted: Predicted, classes: int) -> Weighted:
    """Return `balanced_accuracy` as a function of weights."""
    right, totals, _ = _marks(labels, predicted, classes)
    return lambda weights: _mean_where(weights @ right, weights @ totals)


def weighted_f1(labels: Labels, predicted: Predicted, classes: int, label: int) -> Weighted:
    """Return the F1 of one class as a function of weights; NaN where no face has the class."""
    right, totals, answers = (marks[:, label] for marks in _marks(labels, predicted, classes))

    def score(weights: Weights) -> NDArray[np.float64]:
        both = weights @ (totals + answers)
        return np.where(both > 0, 2 * (weights @ right) / np.maximum(both, 1), np.nan)

    return score


def _marks(
    labels: Labels, predicted: Predicted, classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mark every face's class if right, its true class and its predicted one, ``[N, K]`` each."""
    one_hot = np.eye(classes + 1)[:, :classes]
    totals, answers = one_hot[labels], one_hot[predicted]
    return totals * answers, totals, answers


def _mean_where(
    parts: NDArray[np.float64], wholes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean of ``parts / wholes`` over the last axis, leaving out wholes of 0."""
    there = wholes > 0
    shares = np.where(there, parts, 0) / np.where(there, wholes, 1)
    return np.asarray(shares.sum(axis=-1) / there.sum(axis=-1))
