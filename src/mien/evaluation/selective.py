"""What is gained by answering only if the network is confident."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.bootstrap import (
    Interval,
    Labels,
    Probabilities,
    Weighted,
    Weights,
    value,
    wilson,
)
from mien.evaluation.calibration import tops
from mien.evaluation.results import Selective, SelectiveIntervals

COVERAGES = (100, 90, 80, 70)
"""Shares of the faces, in percent, at which accuracy is measured."""

_ROUNDING = 1e-9


def aurc(probabilities: Probabilities, labels: Labels) -> float:
    """Return the area under the risk-coverage curve (Geifman et al. 2019).

    It is the mean error rate of the k most confident faces over all k from 1 to N, 0 at best.
    Faces of equal confidence have no order, so their expected errors count.
    """
    return value(weighted_aurc(probabilities, labels), len(labels))


def weighted_aurc(probabilities: Probabilities, labels: Labels) -> Weighted:
    """Return `aurc` as a function of weights, which are whole numbers of faces."""
    confidence, right = tops(probabilities, labels)
    order, starts = _blocks(confidence)
    wrong = 1 - right[order]

    def score(weights: Weights) -> NDArray[np.float64]:
        sorted_ = weights[:, order]
        counts = np.add.reduceat(sorted_, starts, axis=1)
        errors = np.add.reduceat(sorted_ * wrong, starts, axis=1)
        reach = counts.cumsum(axis=1)
        before, errors_before = reach - counts, errors.cumsum(axis=1) - errors
        # A block takes the places k from before + 1 to reach, where the expected errors are
        # errors_before + rate * (k - before); their sum over k, each divided by k, is closed.
        harmonic = np.concatenate([[0.0], (1 / np.arange(1, reach[:, -1].max() + 1)).cumsum()])
        inverse = harmonic[reach.astype(np.intp)] - harmonic[before.astype(np.intp)]
        rate = errors / np.maximum(counts, 1)
        area = errors_before * inverse + rate * (counts - before * inverse)
        return np.asarray(area.sum(axis=1) / reach[:, -1])

    return score


def risk_coverage(
    probabilities: Probabilities, labels: Labels
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the risk-coverage curve itself (Geifman and El-Yaniv 2017).

    Parameters
    ----------
    probabilities, labels
        ``float32 [N, K]`` and ``int8 [N]``, N at least 1.

    Returns
    -------
    tuple
        Coverage (share of the faces that are answered) and risk (share of these that are wrong),
        ``float64 [C]`` each: one point for each of the C different confidences, from the
        highest on. The last coverage is 1.
    """
    confidence, right = tops(probabilities, labels)
    order, starts = _blocks(confidence)
    reach = np.append(starts[1:], len(order))
    wrong = (1 - right[order]).cumsum()[reach - 1]
    return reach / len(order), wrong / reach


def accuracy_at(
    probabilities: Probabilities, labels: Labels, percent: int
) -> tuple[float, Interval]:
    """Return the accuracy on the most confident share of the faces, and its Wilson interval.

    Parameters
    ----------
    probabilities, labels
        ``float32 [N, K]`` and ``int8 [N]``, N at least 1.
    percent
        Share of the faces that is answered, rounded up to whole faces. Of faces with equal
        confidence at the edge the mean counts.
    """
    confidence, right = tops(probabilities, labels)
    order, starts = _blocks(confidence)
    kept = max(1, math.ceil(percent / 100 * len(labels) - _ROUNDING))
    edge = int(np.searchsorted(starts, kept, side="left")) - 1
    start = int(starts[edge])
    end = int(starts[edge + 1]) if edge + 1 < len(starts) else len(order)
    sure, tied = right[order[:start]].sum(), right[order[start:end]].mean()
    hits = float(sure + tied * (kept - start))
    return hits / kept, wilson(hits, kept)


def selective(probabilities: Probabilities, labels: Labels, target: float) -> Selective:
    """Find the smallest confidence from which on the answers reach a target accuracy.

    The threshold is chosen on these very faces, so the accuracy is slightly optimistic; measure
    it on another split.

    Parameters
    ----------
    probabilities, labels
        ``float32 [N, K]`` and ``int8 [N]``, N at least 1.
    target
        Accuracy that the answered faces must reach, 0 to 1.
    """
    confidence, right = tops(probabilities, labels)
    order, starts = _blocks(confidence)
    reach = np.append(starts[1:], len(order))
    hits = right[order].cumsum()[reach - 1]
    enough = np.flatnonzero(hits / reach >= target - _ROUNDING)
    if not len(enough):
        return _answers(target, None, 0, 0, len(labels))
    last = int(enough[-1])
    threshold = 0.0 if reach[last] == len(order) else float(confidence[order[starts[last]]])
    return _answers(target, threshold, int(reach[last]), int(hits[last]), len(labels))


def _answers(
    target: float, threshold: float | None, answered: int, right: int, count: int
) -> Selective:
    return Selective(
        target_accuracy=target,
        threshold=threshold,
        answered=answered,
        coverage=answered / count,
        accuracy=right / answered if answered else None,
        interval=SelectiveIntervals(
            coverage=wilson(answered, count), accuracy=wilson(right, answered)
        ),
    )


def _blocks(confidence: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Sort faces by falling confidence, and find where each run of equal confidence starts."""
    order = np.argsort(-confidence, kind="stable")
    return order, np.flatnonzero(np.diff(confidence[order], prepend=np.inf))
