import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mien.perception.assignment import assign


def cheapest(costs, limit):
    """Try all."""
    rows, columns = costs.shape
    best = 0.0
    for count in range(1, min(rows, columns) + 1):
        for chosen in itertools.combinations(range(rows), count):
            for places in itertools.permutations(range(columns), count):
                pairs = zip(chosen, places, strict=True)
                best = min(best, sum(costs[pair] - limit for pair in pairs))
    return best


def test_pair_that_is_best_alone_gives_way_to_the_best_whole():
    costs = np.array([[1.0, 2.0], [2.0, 9.0]])
    assert assign(costs, 10.0) == [(0, 1), (1, 0)]


def test_rows_without_a_column_under_the_limit_are_left_out():
    costs = np.array([[0.9, np.inf], [0.2, 0.8], [np.inf, np.inf]])
    assert assign(costs, 0.85) == [(1, 0)]
    assert assign(costs, 2.0) == [(0, 0), (1, 1)]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (2, 0)])
def test_nothing_is_paired_with_nothing(shape):
    assert assign(np.zeros(shape), 1.0) == []


matrices = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: arrays.arrays(
        np.float64, shape,
        elements=st.one_of(st.integers(0, 64).map(lambda n: n / 32), st.just(float("inf"))),
    )
)


@settings(deadline=None, max_examples=50)
@given(matrices, st.integers(1, 64).map(lambda n: n / 32))
def test_the_sum_is_the_least_of_all(costs, limit):
    pairs = assign(costs, limit)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(costs[pair] < limit for pair in pairs)
    assert sum(costs[pair] - limit for pair in pairs) == pytest.approx(cheapest(costs, limit))


def test_hundred_rows_are_paired_as_scipy_would():
    random = np.random.default_rng(0)
    costs = random.random((100, 100))
    pairs = assign(costs, 2.0)
    assert len(pairs) == 100
    # Of scipy.optimize.linear_sum_assignment(costs), version 1.17.1.
    assert sum(costs[pair] for pair in pairs) == pytest.approx(1.6612799516999137)
