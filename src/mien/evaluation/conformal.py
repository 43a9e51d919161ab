"""Prediction sets: classes of which one is the true one as often as was asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.bootstrap import Labels, Probabilities, bootstrap, wilson
from mien.evaluation.results import Conformal, SetIntervals, SetScores
from mien.perception.prediction_sets import Sets, adaptive_scores

Method = Literal["lac", "aps", "shown"]

METHODS: tuple[Method, ...] = ("lac", "aps", "shown")
"""Least ambiguous sets (Sadinle et al. 2019), randomised adaptive sets (Romano et al. 2020), and
the adaptive sets that mien detect shows, which are not randomised and never empty."""

LEVELS = (0.80, 0.85, 0.90, 0.95, 0.99)
"""Coverages for which a network's info holds thresholds."""


def lac(probabilities: Probabilities) -> NDArray[np.float64]:
    """Return the classes' scores for least ambiguous sets: 1 minus probability, ``[N, K]``."""
    return 1 - probabilities.astype(np.float64)


def limit(scores: NDArray[np.float64], level: float) -> float:
    """Return the score up to which classes enter a set (Vovk et al. 2005).

    Parameters
    ----------
    scores
        Scores of the true classes of the N faces that calibrate, ``float64 [N]``.
    level
        Coverage asked for, 0 to 1.

    Returns
    -------
    float
        The ceil((N + 1) level)-th smallest; infinite if there are too few faces for that
        level, so that every class enters.
    """
    # Without this, (9 + 1) * 0.7 would be rounded up to 8.
    place = math.ceil((len(scores) + 1) * level - 1e-9)
    if place > len(scores):
        return math.inf
    return float(np.sort(scores)[place - 1]) if place > 0 else -math.inf


def fit_thresholds(
    probabilities: Probabilities, labels: Labels, levels: Sequence[float] = LEVELS
) -> dict[str, float]:
    """Find the thresholds of the adaptive sets that `mien.perception.prediction_sets` makes.

    Parameters
    ----------
    probabilities, labels
        Calibrated, ``float32 [N, K]`` and ``int8 [N]``.
    levels
        Coverages asked for, 0 to 1.

    Returns
    -------
    dict
        The threshold by coverage, written with two decimals; 1, which lets every class in, if
        there are too few faces.
    """
    scores = adaptive_scores(probabilities)[np.arange(len(labels)), labels]
    return {f"{level:.2f}": min(limit(scores, level), 1.0) for level in levels}


def measure_sets(
    probabilities: Probabilities,
    labels: Labels,
    levels: Sequence[float],
    seed: int = 0,
    methods: Sequence[Method] = METHODS,
) -> Conformal:
    """Measure coverage and size of prediction sets by cross-fitting.

    The faces are split at random into two halves; each is measured with limits from the other.

    Parameters
    ----------
    probabilities, labels
        ``float32 [N, K]`` and ``int8 [N]``, N at least 1.
    levels
        Coverages asked for, 0 to 1.
    seed
        Seed of the halves, of the randomised adaptive sets and of the bootstrap.
    methods
        Of `METHODS`.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(labels))
    halves = order[: len(labels) // 2], order[len(labels) // 2 :]
    scores = {
        "lac": lac(probabilities),
        "aps": adaptive_scores(probabilities, random.random((len(labels), 1))),
        "shown": adaptive_scores(probabilities),
    }
    sets = tuple(
        _measure(method, level, _cross_fit(scores[method], labels, halves, level), labels, seed)
        for method in methods
        for level in levels
    )
    return Conformal(
        seed=seed, halves=(len(halves[0]), len(halves[1])), aps="randomised", sets=sets
    )


def _cross_fit(
    scores: NDArray[np.float64],
    labels: Labels,
    halves: tuple[NDArray[np.intp], NDArray[np.intp]],
    level: float,
) -> Sets:
    """Make the sets of one half with the limit that the other half gives, both ways."""
    sets = np.zeros(scores.shape, dtype=np.bool_)
    for fitted, measured in (halves, halves[::-1]):
        sets[measured] = scores[measured] <= limit(scores[fitted, labels[fitted]], level)
    return sets


def _measure(method: Method, level: float, sets: Sets, labels: Labels, seed: int) -> SetScores:
    """Return coverage and size of sets, with their intervals."""
    count = len(labels)
    covered = int(sets[np.arange(count), labels].sum())
    sizes = sets.sum(axis=1).astype(np.float64)
    single, empty = int((sizes == 1).sum()), int((sizes == 0).sum())
    interval = bootstrap({"size": lambda weights: weights @ sizes / count}, count, seed)["size"]
    return SetScores(
        method=method,
        level=level,
        coverage=covered / count,
        size=float(sizes.mean()),
        single=single / count,
        empty=empty / count,
        interval=SetIntervals(
            coverage=wilson(covered, count),
            single=wilson(single, count),
            empty=wilson(empty, count),
            size=interval,
        ),
    )
