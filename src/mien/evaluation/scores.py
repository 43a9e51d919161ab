"""Scores of a network's probabilities against the true labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.classes import NAMES
from mien.errors import DataError
from mien.evaluation.bootstrap import (
    RESAMPLES,
    Interval,
    Labels,
    Probabilities,
    Weighted,
    bootstrap,
    value,
    wilson,
)
from mien.evaluation.calibration import (
    BINS,
    ece,
    nll,
    reliability,
    weighted_brier,
    weighted_ece,
    weighted_nll,
)
from mien.evaluation.confusion import (
    MISSED,
    confusion,
    macro_f1,
    weighted_balanced_accuracy,
    weighted_f1,
    weighted_macro_f1,
)
from mien.evaluation.selective import COVERAGES, accuracy_at, weighted_aurc

__all__ = [
    "BINS",
    "HEADLINE",
    "MISSED",
    "Labels",
    "Probabilities",
    "confusion",
    "ece",
    "headline",
    "macro_f1",
    "nll",
    "score",
]

HEADLINE = {
    "accuracy": "accuracy",
    "accuracy_unique": "accuracy, unique faces",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "ece": "calibration error (ECE)",
    "brier": "Brier score",
    "nll": "log-likelihood, negative",
    "aurc": "area under risk-coverage",
}
"""The scores that sum a network up, and what people call them."""


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
        the scores of classes, and has no part in those of confidence.
    seed
        Seed of the bootstrap.

    Returns
    -------
    dict
        Plain JSON. Scores of classes: ``n`` (N + M), ``accuracy``, ``balanced_accuracy``,
        ``macro_f1``, ``recall``, ``precision`` and ``f1`` by class (None where undefined),
        ``confusion`` (7x7, rows true), ``missed`` by class. Scores of confidence: ``ece``,
        ``nll``, ``brier``, ``aurc`` (all None where no face was found),
        ``accuracy_at_coverage`` (by percent of the found faces) and ``reliability``. And
        ``interval`` with the 95% interval of each: Wilson for proportions, bootstrap for the
        others, whose ``seed`` and ``resamples`` are in ``bootstrap``.

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
    classes, class_intervals = _class_scores(truth, predicted, seed)
    confidence, confidence_intervals = _confidence_scores(probabilities, labels, seed)
    return {
        **classes,
        **confidence,
        "interval": {**class_intervals, **confidence_intervals},
        "bootstrap": {"seed": seed, "resamples": RESAMPLES},
    }


def headline(probabilities: Probabilities, labels: Labels, seed: int = 0) -> dict[str, Any]:
    """Give the few scores that groups of faces are compared by, with their intervals.

    Parameters
    ----------
    probabilities, labels
        ``float32 [N, 7]`` and ``int8 [N]``, N at least 1.
    seed
        Seed of the bootstrap.
    """
    predicted = probabilities.argmax(axis=1)
    right = int((predicted == labels).sum())
    functions: dict[str, Weighted] = {
        "balanced_accuracy": weighted_balanced_accuracy(labels, predicted),
        "macro_f1": weighted_macro_f1(labels, predicted),
        "ece": weighted_ece(probabilities, labels),
    }
    values = {name: value(function, len(labels)) for name, function in functions.items()}
    intervals = bootstrap(functions, len(labels), seed)
    return {
        "n": len(labels),
        "accuracy": right / len(labels),
        **values,
        "interval": {"accuracy": wilson(right, len(labels)), **intervals},
    }


def _class_scores(
    truth: Labels, predicted: NDArray[np.integer[Any]], seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the scores that come from the confusion matrix, and their intervals."""
    matrix = confusion(truth, predicted)
    totals, answers, right = matrix.sum(axis=1), matrix.sum(axis=0)[:MISSED], matrix.diagonal()
    there = [name for row, name in enumerate(NAMES) if totals[row] + answers[row]]
    functions = {
        "balanced_accuracy": weighted_balanced_accuracy(truth, predicted),
        "macro_f1": weighted_macro_f1(truth, predicted),
    } | {name: weighted_f1(truth, predicted, NAMES.index(name)) for name in there}
    values = {name: value(function, len(truth)) for name, function in functions.items()}
    intervals = bootstrap(functions, len(truth), seed)
    recall, recall_interval = _shares(right, totals)
    precision, precision_interval = _shares(right, answers)
    hits = int(right.sum())
    scores = {
        "n": len(truth),
        "accuracy": hits / len(truth),
        "balanced_accuracy": values["balanced_accuracy"],
        "macro_f1": values["macro_f1"],
        "recall": recall,
        "precision": precision,
        "f1": {name: values.get(name) for name in NAMES},
        "confusion": matrix[:, :MISSED].tolist(),
        "missed": dict(zip(NAMES, matrix[:, MISSED].tolist(), strict=True)),
    }
    return scores, {
        "accuracy": wilson(hits, len(truth)),
        "balanced_accuracy": intervals["balanced_accuracy"],
        "macro_f1": intervals["macro_f1"],
        "recall": recall_interval,
        "precision": precision_interval,
        "f1": {name: intervals.get(name, (0.0, 1.0)) for name in NAMES},
    }


def _shares(
    right: NDArray[np.int64], totals: NDArray[np.int64]
) -> tuple[dict[str, float | None], dict[str, Interval]]:
    """Give a proportion by class, None where there is none, and the Wilson intervals."""
    pairs = list(zip(NAMES, right.tolist(), totals.tolist(), strict=True))
    shares = {name: hits / total if total else None for name, hits, total in pairs}
    return shares, {name: wilson(hits, total) for name, hits, total in pairs}


def _confidence_scores(
    probabilities: Probabilities, labels: Labels, seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the scores that come from the confidences, and their intervals."""
    makers = {
        "ece": weighted_ece,
        "nll": weighted_nll,
        "brier": weighted_brier,
        "aurc": weighted_aurc,
    }
    if not len(labels):
        return dict.fromkeys((*makers, "accuracy_at_coverage", "reliability")), {}
    functions = {name: maker(probabilities, labels) for name, maker in makers.items()}
    at = {str(percent): accuracy_at(probabilities, labels, percent) for percent in COVERAGES}
    scores = {
        **{name: value(function, len(labels)) for name, function in functions.items()},
        "accuracy_at_coverage": {percent: share for percent, (share, _) in at.items()},
        "reliability": reliability(probabilities, labels),
    }
    return scores, {
        **bootstrap(functions, len(labels), seed),
        "accuracy_at_coverage": {percent: interval for percent, (_, interval) in at.items()},
    }
