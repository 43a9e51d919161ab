"""Tells whether one network is better than another, or only luckier."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import DataError
from mien.evaluation.bootstrap import RESAMPLES, Interval, Weights, bootstrap
from mien.evaluation.confusion import confusion, macro_f1, weighted_macro_f1
from mien.evaluation.predictions import Predictions

SIGNIFICANCE = 0.05
"""How often two equal networks may be called different."""

_SAME = "Compare what two networks said of the same split of the same data."


def mcnemar(only_a: int, only_b: int) -> float:
    """Give the exact two-sided p-value of McNemar's test (1947), by the binomial distribution.

    Parameters
    ----------
    only_a, only_b
        Faces that only the one and only the other network read right.
    """
    count, few = only_a + only_b, min(only_a, only_b)
    # In whole numbers, since the powers leave the range of floats from 1,024 faces on.
    tail, ways = 0, 1
    for number in range(few + 1):
        tail += ways
        ways = ways * (count - number) // (number + 1)
    return float(min(1.0, 2 * tail / 2**count))


def compare(a: Predictions, b: Predictions, seed: int = 0) -> dict[str, Any]:
    """Compare two networks on the same faces.

    Parameters
    ----------
    a, b
        What each said.
    seed
        Seed of the paired bootstrap: both networks see the same resamples.

    Returns
    -------
    dict
        ``n``; ``a`` and ``b`` (``net``, ``accuracy``, ``macro_f1``); ``difference`` of accuracy
        and macro-F1, b minus a, and ``interval``, their 95% bootstrap intervals; ``mcnemar``
        (``only_a`` and ``only_b`` right, ``p``); ``better``, which is "a" or "b" by accuracy
        only where both the interval leaves out 0 and p is below `SIGNIFICANCE`, else None;
        ``better_macro_f1``, likewise by its interval; ``seed`` and ``resamples``.

    Raises
    ------
    DataError
        If the two do not hold the same faces with the same labels.
    """
    a, b = a.by_name(), b.by_name()
    _check_same(a, b)
    scores = [_scores(each) for each in (a, b)]
    difference = {name: scores[1][name] - scores[0][name] for name in ("accuracy", "macro_f1")}
    intervals = _intervals(a, b, seed)
    right_a, right_b = (each.predicted == each.labels for each in (a, b))
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    p = mcnemar(only_a, only_b)
    return {
        "n": len(a.labels),
        "a": {"net": a.net, **scores[0]},
        "b": {"net": b.net, **scores[1]},
        "difference": difference,
        "interval": intervals,
        "mcnemar": {"only_a": only_a, "only_b": only_b, "p": p},
        "better": _better(intervals["accuracy"]) if p < SIGNIFICANCE else None,
        "better_macro_f1": _better(intervals["macro_f1"]),
        "seed": seed,
        "resamples": RESAMPLES,
    }


def _scores(each: Predictions) -> dict[str, float]:
    matrix = confusion(each.labels, each.predicted)
    return {"accuracy": float(matrix.trace() / matrix.sum()), "macro_f1": macro_f1(matrix)}


def _intervals(a: Predictions, b: Predictions, seed: int) -> dict[str, Interval]:
    """Resample the faces, and take both networks' scores on each resample."""
    change = (b.predicted == b.labels).astype(np.float64) - (a.predicted == a.labels)
    before, after = (weighted_macro_f1(each.labels, each.predicted) for each in (a, b))

    def accuracy(weights: Weights) -> NDArray[np.float64]:
        return np.asarray(weights @ change / weights.sum(axis=1))

    def f1(weights: Weights) -> NDArray[np.float64]:
        return after(weights) - before(weights)

    return bootstrap({"accuracy": accuracy, "macro_f1": f1}, len(a.labels), seed)


def _better(interval: Interval) -> str | None:
    """Name the better one where the interval of b minus a leaves out 0."""
    low, high = interval
    if low > 0:
        return "b"
    return "a" if high < 0 else None


def _check_same(a: Predictions, b: Predictions) -> None:
    """Refuse two that were not measured on the same faces; both are sorted by name."""
    if not len(a.names) or not len(b.names):
        raise DataError("There is no face to compare.", _SAME)
    odd = sorted(set(a.names.tolist()) ^ set(b.names.tolist()))
    if odd:
        raise DataError(
            f"The two hold different images, {len(a.names):,} and {len(b.names):,}: {odd[0]} is"
            f" in only one{f', as are {len(odd) - 1:,} more' if len(odd) > 1 else ''}.",
            _SAME,
        )
    if len(a.names) != len(b.names):
        raise DataError("One of the two holds an image twice.", _SAME)
    for what, differ in (("image", a.pixels != b.pixels), ("label", a.labels != b.labels)):
        if differ.any():
            raise DataError(
                f"The {what} of {int(differ.sum()):,} of {len(a.names):,} faces differs between"
                f" the two, for one of {a.names[int(differ.argmax())]}.",
                _SAME,
            )
