"""How far a score may be off by chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959963984540054
"""The normal distribution's 97.5% point."""

RESAMPLES = 1000
"""Bootstrap resamples behind an interval."""


def wilson(right: int, count: int) -> tuple[float, float]:
    """Give the 95% interval of a proportion (Wilson 1927).

    Parameters
    ----------
    right, count
        Successes out of how many; a count of 0 gives (0, 1).
    """
    if count == 0:
        return 0.0, 1.0
    share, square = right / count, Z95**2 / count
    centre = (share + square / 2) / (1 + square)
    half = np.sqrt(share * (1 - share) * square + square**2 / 4) / (1 + square)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def bootstrap(
    score: Callable[[NDArray[np.intp]], float], count: int, seed: int = 0
) -> tuple[float, float]:
    """Give the 95% percentile interval of a score (Efron 1979).

    Parameters
    ----------
    score
        Computes the score on the rows it is given, ``intp [count]``, with repeats.
    count
        Rows there are.
    seed
        Seed of the resampling.
    """
    random = np.random.default_rng(seed)
    values = [score(random.integers(0, count, count)) for _ in range(RESAMPLES)]
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
