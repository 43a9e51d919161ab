"""Sets of expressions that hold the true one as often as was asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.arrays import Labels, Probabilities
from mien.evaluation.intervals import bootstrap, wilson

METHODS = ("lac", "aps")
"""Least ambiguous sets (Sadinle et al. 2019), adaptive sets (Romano et al. 2020)."""

Sets = NDArray[np.bool_]
"""``bool [N, 7]``: whether each class is in the set of each face."""


def lac(probabilities: Probabilities) -> NDArray[np.float64]:
    """Give each class's score for least ambiguous sets: 1 minus its probability, ``[N, 7]``."""
    return 1 - probabilities.astype(np.float64)


def aps(
    probabilities: Probabilities, random: np.random.Generator | None = None
) -> NDArray[np.float64]:
    """Give each class's score for adaptive sets, ``float64 [N, 7]`` (Romano et al. 2020).

    The score is the probability of all likelier classes and a part u of the class's own. Of
    equally likely classes the one with the lower number counts as likelier.

    Parameters
    ----------
    probabilities
        ``float32 [N, 7]``.
    random
        Draws u for each face evenly from 0 to 1, which makes coverage exact and sets small,
        but may leave a set empty; None takes u = 1, whose sets are larger than need be.
    """
    chances = probabilities.astype(np.float64)
    order = np.argsort(-chances, axis=1, kind="stable")
    ranked = np.take_along_axis(chances, order, axis=1)
    part = np.ones((len(chances), 1)) if random is None else random.random((len(chances), 1))
    scores = np.empty_like(chances)
    np.put_along_axis(scores, order, ranked.cumsum(axis=1) - (1 - part) * ranked, axis=1)
    return scores


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


def measure_sets(
    probabilities: Probabilities, labels: Labels, levels: Sequence[float], seed: int = 0
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

    Returns
    -------
    dict
        ``seed``, ``halves`` (faces in each), ``aps`` (``randomised``), and ``sets``: for each
        method of `METHODS` and level ``coverage``, ``size`` (mean), ``single`` and ``empty``
        (shares of sets with one class and with none), and ``interval`` with the 95% intervals
        (Wilson; bootstrap for the size).
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(labels))
    halves = order[: len(labels) // 2], order[len(labels) // 2 :]
    scores = {"lac": lac(probabilities), "aps": aps(probabilities, random)}
    sets = [
        {"method": method, "level": level}
        | _measure(_cross_fit(scores[method], labels, halves, level), labels, seed)
        for method in METHODS
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
