"""Ranges of deep samples, by hand-computed cases."""

import numpy as np
import pytest

from mien.image.depth import range_of_fractions, range_of_integers, to_eight_bits


def integers(*values):
    return np.array(values)


# Samples, bits that are known, a declared top; what is black and white.
INTEGERS = [
    (integers(0, 4000), 12, None, (0, 4095)),
    (integers(0, 4000), 16, None, (0, 65535)),
    (integers(0, 4000), 16, 4095, (0, 4095)),
    # The largest of the samples, as TIFF 6.0 defines it, stands for their depth.
    (integers(0, 3900), 16, 3900, (0, 4095)),
    (integers(0, 4000), 16, 255, (0, 65535)),
    (integers(0, 0), 16, 0, (0, 65535)),
    (integers(0, 200), None, None, (0, 255)),
    (integers(0, 256), None, None, (0, 1023)),
    (integers(0, 30_000), None, None, (0, 32767)),
    (integers(0, 65_535), None, None, (0, 65535)),
    (integers(0, 100_000), None, None, (0, 100_000)),
    (integers(-128, 127), None, None, (-128, 127)),
    (integers(-1, 32_767), None, None, (-32_768, 32_767)),
    (integers(-5, 2000), None, 2047, (-2048, 2047)),
]


@pytest.mark.parametrize(("samples", "bits", "declared", "expected"), INTEGERS)
def test_integers(samples, bits, declared, expected):
    assert range_of_integers(samples, bits, declared) == expected


def fractions(low, high, *others):
    """A ramp, and a few others that are less than a thousandth of it."""
    return np.array([*np.linspace(low, high, 10_000), *others])


FRACTIONS = [
    (fractions(0, 1), None, (0, 1)),
    (fractions(0, 0.3), None, (0, 1)),
    (fractions(0, 1, 5, 1e9, np.nan, np.inf), None, (0, 1)),
    (fractions(0, 254), None, (0, 255)),
    (fractions(0, 4096), None, (0, 4095)),  # a half-precision 4095
    (fractions(0, 65535), None, (0, 65535)),
    (fractions(-1, 1), None, (-1, 1)),
    (fractions(-0.01, 1), None, (0, 1)),  # what sharpening leaves
    (fractions(0, 1), (0, 2), (0, 2)),
    (fractions(0, 200), (0, 1), (0, 255)),
    (np.array([np.nan, np.inf]), None, (0, 1)),
]


@pytest.mark.parametrize(("samples", "declared", "expected"), FRACTIONS)
def test_fractions(samples, declared, expected):
    assert range_of_fractions(samples, declared) == expected


def test_samples_are_rounded_and_clipped():
    samples = np.array([-3, 0, 0.5, 1, 9, np.nan, np.inf, -np.inf])
    assert to_eight_bits(samples, 0, 1).tolist() == [0, 0, 128, 255, 255, 0, 255, 0]
    assert to_eight_bits(samples[:4], 0, 1, inverted=True).tolist() == [255, 255, 127, 0]


def test_sixteen_bits_are_divided_by_257():
    samples = np.arange(65536, dtype=np.uint16)
    np.testing.assert_array_equal(to_eight_bits(samples, 0, 65535), np.rint(samples / 257))
