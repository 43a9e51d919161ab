"""Scores of how well a network's confidence matches how often it is right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.bootstrap import Labels, Probabilities, Weighted, Weights, value, wilson
from mien.evaluation.results import Bin

BINS = 15
"""Equal-width bins of confidence behind the calibration error (Guo et al. 2017)."""

_LEAST = 1e-12
"""Smallest probability of the true class, so that a certain mistake has a finite score."""


def nll(probabilities: Probabilities, labels: Labels) -> float:
    """Return the mean negative log-likelihood, in nats."""
    return value(weighted_nll(probabilities, labels), len(labels))


def brier(probabilities: Probabilities, labels: Labels) -> float:
    """Return the mean squared distance to the truth over all classes, 0 to 2 (Brier 1950)."""
    return value(weighted_brier(probabilities, labels), len(labels))


def ece(probabilities: Probabilities, labels: Labels) -> float:
    """Return the expected calibration error of the top class over `BINS` equal-width bins."""
    return value(weighted_ece(probabilities, labels), len(labels))


def weighted_nll(probabilities: Probabilities, labels: Labels) -> Weighted:
    """Return `nll` as a function of weights."""
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return _mean(-np.log(np.maximum(chosen, _LEAST)))


def weighted_brier(probabilities: Probabilities, labels: Labels) -> Weighted:
    """Return `brier` as a function of weights."""
    truth = np.eye(probabilities.shape[1])[labels]
    return _mean(np.square(probabilities - truth).sum(axis=1))


def weighted_ece(probabilities: Probabilities, labels: Labels) -> Weighted:
    """Return `ece` as a function of weights."""
    confidence, right = tops(probabilities, labels)
    gaps = np.eye(BINS)[_bins(confidence)] * (right - confidence)[:, None]

    def score(weights: Weights) -> NDArray[np.float64]:
        return np.asarray(np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1))

    return score


def reliability(probabilities: Probabilities, labels: Labels) -> tuple[Bin, ...]:
    """Return a reliability diagram: `BINS` equal-width bins of confidence (Guo et al. 2017)."""
    confidence, right = tops(probabilities, labels)
    bins = _bins(confidence)
    return tuple(
        _bin(number, confidence[bins == number], right[bins == number]) for number in range(BINS)
    )


def _bin(number: int, confidence: NDArray[np.float64], right: NDArray[np.float64]) -> Bin:
    count, hits = len(right), int(right.sum())
    return Bin(
        low=number / BINS,
        high=(number + 1) / BINS,
        count=count,
        confidence=float(confidence.mean()) if count else None,
        accuracy=hits / count if count else None,
        interval=wilson(hits, count),
    )


def tops(
    probabilities: Probabilities, labels: Labels
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the top class's probability and whether it is right, 1 or 0; ``float64 [N]`` each."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    return confidence, (probabilities.argmax(axis=1) == labels).astype(np.float64)


def _bins(confidence: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the bin of every face; a confidence of 1 belongs to the last."""
    return np.minimum((confidence * BINS).astype(np.intp), BINS - 1)


def _mean(terms: NDArray[np.float64]) -> Weighted:
    """Return the mean of one term per face as a function of weights."""
    return lambda weights: weights @ terms / weights.sum(axis=1)
