"""Scales deep samples to 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[Any]
"""Integers or fractions of any type."""

_DEPTHS = (8, 10, 12, 14, 15, 16)
"""Bits of a sample from cameras and scanners; 15 for the positive half of signed 16 bits."""

_ROUNDING = 1.001
"""Factor by which fractions may exceed a depth, since their maximum may be rounded up."""

_OUTLIERS = 0.001
"""Share of the fractions that may lie above the range, as highlights do."""

_NEGATIVE = 0.05
"""Fractions further below zero than this share of the range belong to a range around zero."""


def to_eight_bits(
    samples: Samples, low: float, high: float, inverted: bool = False
) -> NDArray[np.uint8]:
    """Scale samples so that `low` becomes 0 and `high` 255, and clip the rest.

    Parameters
    ----------
    samples
        Of any shape; NaN becomes `low`.
    low, high
        The range.
    inverted
        Whether `low` is white.
    """
    values = samples.astype(np.float32)
    values = np.nan_to_num(values, copy=False, nan=low, posinf=high, neginf=low)
    scaled = (values - np.float32(low)) * np.float32(255 / (high - low))
    levels: NDArray[np.uint8] = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return np.subtract(255, levels, dtype=np.uint8) if inverted else levels


def range_of_integers(
    samples: Samples, bits: int | None, declared: float | None = None
) -> tuple[float, float]:
    """Return which values of integer samples are black and white.

    Parameters
    ----------
    samples
        The integers; they are taken to lie around zero if one is negative.
    bits
        Bits of a sample. None, for a container that may be larger than its content, chooses the
        smallest depth of 8, 10, 12, 14 and 16 bits that holds the largest sample, or that sample
        itself if none does.
    declared
        The largest value that the file declares, which stands for its depth: 3900 for 12 bits.
        It is not believed if a sample is larger.
    """
    top = float(samples.max(initial=0))
    bottom = float(samples.min(initial=0))
    largest = max(top, -bottom - 1)
    if declared is not None and declared >= max(largest, 1):
        high = float(2 ** int(declared).bit_length() - 1)
    elif bits is not None:
        high = float(2**bits - 1)
    elif bottom < 0:
        high = (_smallest_depth(2 * largest + 1) - 1) / 2
    else:
        high = _smallest_depth(largest)
    return (-high - 1 if bottom < 0 else 0.0), high


def range_of_fractions(
    samples: Samples, declared: tuple[float, float] | None = None
) -> tuple[float, float]:
    """Return which values of floating-point samples are black and white.

    This is the declared range, unless more samples lie above it than highlights would. Otherwise it
    is 0 to 1, or the smallest range of 8, 10, 12, 14 or 16 bits that holds all samples but a
    thousandth, or 0 to the largest sample. It is symmetric about zero if the samples lie around it.
    """
    finite = samples[np.isfinite(samples)]
    if not finite.size:
        return 0.0, 1.0
    top = _all_but_outliers(finite)
    if declared is not None and declared[0] < declared[1] >= top / _ROUNDING:
        return declared
    bottom = -_all_but_outliers(-finite)
    largest = max(top, -bottom)
    high = 1.0 if largest <= _ROUNDING else _smallest_depth(largest)
    return (-high if bottom < -_NEGATIVE * high else 0.0), high


def _all_but_outliers(values: Any) -> float:
    """Return the value that all but a thousandth of the samples reach at most."""
    place = int((1 - _OUTLIERS) * (values.size - 1))
    return float(np.partition(values, place)[place])


def _smallest_depth(largest: float) -> float:
    """Return the white of the smallest depth that holds a value, or the value itself."""
    tops = (float(2**bits - 1) for bits in _DEPTHS)
    return next((top for top in tops if largest <= top * _ROUNDING), largest)
