"""Intervals: how far a score may be off by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]
"""``float32 [N, K]`` for K classes, rows summing to 1."""

Labels = NDArray[np.int8]
"""``int8 [N]``, 0 to K - 1."""

Z95 = 1.959963984540054
"""The normal distribution's 97.5% point."""

RESAMPLES = 1000
"""Bootstrap resamples behind an interval."""

Weights = NDArray[np.float64]
"""``float64 [R, N]``: how often each of N faces was drawn in each of R resamples."""

Weighted = Callable[[Weights], NDArray[np.float64]]
"""A score as a function of weights: ``[R, N]`` in, ``float64 [R]`` out, NaN where a resample
has nothing to score. The same definition gives the score itself and its interval."""

Interval = tuple[float, float]

_MOST_CELLS = 2**21
"""Weights held at once: 16 MiB, whatever the number of faces."""


def wilson(right: float, count: int) -> Interval:
    """Return the 95% interval of a proportion (Wilson 1927).

    Parameters
    ----------
    right, count
        Successes, and trials; a count of 0 gives (0, 1). Successes may be a fraction where ties
        share them.
    """
    if count == 0:
        return 0.0, 1.0
    share, square = right / count, Z95**2 / count
    centre = (share + square / 2) / (1 + square)
    half = np.sqrt(share * (1 - share) * square + square**2 / 4) / (1 + square)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def value(score: Weighted, count: int) -> float:
    """Return a score on the faces as they are, each counted once."""
    return float(score(np.ones((1, count)))[0])


def bootstrap(scores: Mapping[str, Weighted], count: int, seed: int = 0) -> dict[str, Interval]:
    """Return the 95% percentile interval of each score (Efron 1979).

    All scores see the same resamples. Resamples on which a score is undefined (a class that was
    not drawn) are left out of its quantiles.

    Parameters
    ----------
    scores
        Functions of weights by name.
    count
        Number of faces, at least 1.
    seed
        Seed of the resampling.
    """
    values: dict[str, list[NDArray[np.float64]]] = {name: [] for name in scores}
    for weights in _resamples(count, seed):
        for name, score in scores.items():
            values[name].append(score(weights))
    return {name: _middle(np.concatenate(parts)) for name, parts in values.items()}


def _resamples(count: int, seed: int) -> Iterator[Weights]:
    """Draw `RESAMPLES` times with repeats, in blocks that fit the memory."""
    random = np.random.default_rng(seed)
    rows = max(1, _MOST_CELLS // count)
    for start in range(0, RESAMPLES, rows):
        block = min(rows, RESAMPLES - start)
        drawn = random.integers(0, count, (block, count)) + np.arange(block)[:, None] * count
        counts = np.bincount(drawn.ravel(), minlength=block * count)
        yield counts.reshape(block, count).astype(np.float64)


def _middle(values: NDArray[np.float64]) -> Interval:
    """Return the range of the middle 95% of the values that are not NaN."""
    low, high = np.quantile(values[~np.isnan(values)], (0.025, 0.975))
    return float(low), float(high)
