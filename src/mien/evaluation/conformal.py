"""Sets of expressions that hold the true one as often as was asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.bootstrap import Labels, Probabilities, bootstrap, wilson
from mien.perception.conformal import Sets, adaptive_scores

METHODS = ("lac", "aps", "shown")
"""Least ambiguous sets (Sadinle et al. 2019), randomised adaptive sets (Romano et al. 2020), and
the adaptive sets that mien detect shows, which are not randomised and never empty."""

LEVELS = (0.80, 0.85, 0.90, 0.95, 0.99)
"""Coverages that a card holds thresholds for."""


def lac(probabilities: Probabilities) -> NDArray[np.float64]:
    """Give each class's score for least ambiguous sets: 1 minus its probability, ``[N, 7]``."""
    return 1 - probabilities.astype(np.float64)


def limit(scores: NDArray[np.float64], level: float) -> float:
    """Give the score up to which classes enter a set (Vovk et al. 2005).

    Parameters
    ----------
    scores
        Scores of the true classes of the N faces that calibrate, ``float64 [N]``.
    level
        Coverage wanted, 0 to 1.

    Returns
    -------
    float
        The ceil((N + 1) level)-th smallest; infinite where there are too few faces for that
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
    """Find the thresholds of the adaptive sets that `mien.perception.conformal` makes.

    Parameters
    ----------
    probabilities, labels
        Calibrated, ``float32 [N, 7]`` and ``int8 [N]``.
    levels
        Coverages wanted, 0 to 1.

    Returns
    -------
    dict
        The threshold by coverage, which is written with two decimals; 1, which lets every class
        in, where there are too few faces.
    """
    scores = adaptive_scores(probabilities)[np.arange(len(labels)), labels]
    return {f"{level:.2f}": min(limit(scores, level), 1.0) for level in levels}


def measure_sets(
    probabilities: Probabilities,
    labels: Labels,
    levels: Sequence[float],
    seed: int = 0,
    methods: Sequence[str] = METHODS,
) -> dict[str, Any]:
    """Measure the coverage and size of conformal sets by cross-fitting.

    The faces are parted at random in two halves; each is measured with limits from the other.

    Parameters
    ----------
    probabilities, labels
        ``float32 [N, 7]`` and ``int8 [N]``, N at least 1.
    levels
        Coverages wanted, 0 to 1.
    seed
        Seed of the halves, of the randomised adaptive sets and of the bootstrap.
    methods
        Of `METHODS`.

    Returns
    -------
    dict
        ``seed``, ``halves`` (faces in each), ``aps`` (``randomised``), and ``sets``: for each
        method and level ``coverage``, ``size`` (mean), ``single`` and ``empty``
        (shares of sets with one class and with none), and ``interval`` with the 95% intervals
        (Wilson; bootstrap for the size).
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(labels))
    halves = order[: len(labels) // 2], order[len(labels) // 2 :]
    scores = {
        "lac": lac(probabilities),
        "aps": adaptive_scores(probabilities, random.random((len(labels), 1))),
        "shown": adaptive_scores(probabilities),
    }
    sets = [
        {"method": method, "level": level}
        | _measure(_cross_fit(scores[method], labels, halves, level), labels, seed)
        for method in methods
        for level in levels
    ]
    sizes = [len(half) for half in halves]
    return {"seed": seed, "halves": sizes, "aps": "randomised", "sets": sets}


def _cross_fit(
    scores: NDArray[np.float64],
    labels: Labels,
    halves: tuple[NDArray[np.intp], NDArray[np.intp]],
    level: float,
) -> Sets:
    """Make the sets of each half with the limit that the other half calibrates."""
    sets = np.zeros(scores.shape, dtype=np.bool_)
    for fitted, measured in (halves, halves[::-1]):
        sets[measured] = scores[measured] <= limit(scores[fitted, labels[fitted]], level)
    return sets


def _measure(sets: Sets, labels: Labels, seed: int) -> dict[str, Any]:
    """Give coverage and size of sets, with their intervals."""
    count = len(labels)
    covered = int(sets[np.arange(count), labels].sum())
    sizes = sets.sum(axis=1).astype(np.float64)
    single, empty = int((sizes == 1).sum()), int((sizes == 0).sum())
    size_interval = bootstrap({"size": lambda weights: weights @ sizes / count}, count, seed)
    return {
        "coverage": covered / count,
        "size": float(sizes.mean()),
        "single": single / count,
        "empty": empty / count,
        "interval": {
            "coverage": wilson(covered, count),
            "single": wilson(single, count),
            "empty": wilson(empty, count),
            **size_interval,
        },
    }
