import numpy as np
import pytest

from mien.evaluation import bootstrap as intervals
from mien.evaluation.bootstrap import Weighted, bootstrap, value, wilson

# right, count, low, high: the first two as printed by Newcombe (1998), the rest by hand
WILSON = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (20, 20, 0.8389, 1.0),
    (0, 0, 0.0, 1.0),
]


def mean(values: np.ndarray) -> Weighted:
    return lambda weights: weights @ values / weights.sum(axis=1)


@pytest.mark.parametrize(("right", "count", "low", "high"), WILSON)
def test_wilson(right: int, count: int, low: float, high: float) -> None:
    assert wilson(right, count) == pytest.approx((low, high), abs=5e-5)


def test_a_value_counts_each_face_once() -> None:
    assert value(mean(np.array([1.0, 2.0, 6.0])), 3) == 3


def test_bootstrap_of_a_mean_is_the_normal_one_for_many_values() -> None:
    values = np.random.default_rng(1).normal(3, 2, 2000)
    low, high = bootstrap({"mean": mean(values)}, 2000)["mean"]
    half = 1.96 * values.std() / np.sqrt(2000)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)


def test_bootstrap_repeats_with_its_seed() -> None:
    first, again, other = (bootstrap({"a": mean(np.arange(50.0))}, 50, seed) for seed in (0, 0, 1))
    assert first == again != other


def test_each_resample_has_as_many_faces_as_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    # In blocks of 10 resamples, the last of them shorter than the others.
    monkeypatch.setattr(intervals, "_MOST_CELLS", 75)
    monkeypatch.setattr(intervals, "RESAMPLES", 43)
    seen = []

    def note(weights: np.ndarray) -> np.ndarray:
        seen.append(weights)
        return weights.sum(axis=1)

    assert bootstrap({"count": note}, 7)["count"] == (7, 7)
    assert [len(block) for block in seen] == [10, 10, 10, 10, 3]
    assert np.concatenate(seen).mean(axis=0) == pytest.approx(np.ones(7), abs=0.6)


def test_resamples_without_a_score_are_left_out() -> None:
    # Of one rare face, drawn in about two of three resamples.
    def rare(weights: np.ndarray) -> np.ndarray:
        return np.where(weights[:, 0] > 0, 0.5, np.nan)

    assert bootstrap({"rare": rare}, 20)["rare"] == (0.5, 0.5)
