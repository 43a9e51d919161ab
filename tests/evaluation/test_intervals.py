import numpy as np
import pytest

from mien.evaluation.intervals import bootstrap, wilson

# right, count, low, high: the first two as printed by Newcombe (1998), the rest by hand
WILSON = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (20, 20, 0.8389, 1.0),
    (0, 0, 0.0, 1.0),
]


@pytest.mark.parametrize(("right", "count", "low", "high"), WILSON)
def test_wilson(right: int, count: int, low: float, high: float) -> None:
    assert wilson(right, count) == pytest.approx((low, high), abs=5e-5)


def test_bootstrap_of_a_mean_is_the_normal_one_for_many_values() -> None:
    values = np.random.default_rng(1).normal(3, 2, 2000)
    low, high = bootstrap(lambda rows: float(values[rows].mean()), 2000)
    half = 1.96 * values.std() / np.sqrt(2000)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)


def test_bootstrap_repeats_with_its_seed() -> None:
    values = np.arange(50.0)
    first, again, other = (
        bootstrap(lambda rows: float(values[rows].mean()), 50, seed) for seed in (0, 0, 1)
    )
    assert first == again != other
