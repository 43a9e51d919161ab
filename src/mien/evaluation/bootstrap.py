"""Intervals: how far a score may be off by chance."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

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


def bootstrap(
    scores: Mapping[str, Weighted],
    count: int,
    seed: int = 0,
    biased: Collection[str] = (),
) -> dict[str, Interval]:
    """Return the 95% percentile interval of each score (Efron 1979).

    All scores see the same resamples. Resamples on which a score is undefined (a class that was
    not drawn) are left out of its quantiles.

    The intervals of biased scores are moved by the bootstrap's estimate of the bias, the mean of
    the resamples minus the score (Efron and Tibshirani 1993, chapter 10). Otherwise the score of
    the faces themselves may lie outside. Efron's bias-corrected percentiles (1981) do not help
    where nearly all resamples are above it, as those of a small calibration error are: their
    correction is then infinite.

    Parameters
    ----------
    scores
        Functions of weights by name.
    count
        Number of faces, at least 1.
    seed
        Seed of the resampling.
    biased
        Names of scores whose resamples are biased; none of these scores is below 0.
    """
    values: dict[str, list[NDArray[np.float64]]] = {name: [] for name in scores}
    for weights in _resamples(count, seed):
        for name, score in scores.items():
            values[name].append(score(weights))
    drawn = {name: np.concatenate(parts) for name, parts in values.items()}
    return {
        name: _middle(_moved(drawn[name], value(score, count)) if name in biased else drawn[name])
        for name, score in scores.items()
    }


def _resamples(count: int, seed: int) -> Iterator[Weights]:
    """Draw `RESAMPLES` times with repeats, in blocks that fit the memory."""
    random = np.random.default_rng(seed)
    rows = max(1, _MOST_CELLS // count)
    for start in range(0, RESAMPLES, rows):
        block = min(rows, RESAMPLES - start)
        drawn = random.integers(0, count, (block, count)) + np.arange(block)[:, None] * count
        counts = np.bincount(drawn.ravel(), minlength=block * count)
        yield counts.reshape(block, count).astype(np.float64)


def _moved(drawn: NDArray[np.float64], score: float) -> NDArray[np.float64]:
    """Move resampled values until their mean is the score; none falls below 0."""
    bias = drawn[~np.isnan(drawn)].mean() - score
    return np.asarray(np.maximum(drawn - bias, 0))


def _middle(values: NDArray[np.float64]) -> Interval:
    """Return the range of the middle 95% of the values that are not NaN."""
    low, high = np.quantile(values[~np.isnan(values)], (0.025, 0.975))
    return float(low), float(high)
