import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.evaluation.conformal import fit_thresholds, lac, limit, measure_sets
from mien.perception.prediction_sets import adaptive_sets

ONE = np.array([[0.5, 0.0, 0.3, 0.2, 0.0, 0.0, 0.0]], np.float32)


def calibrated(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Make probabilities, and labels that are drawn by them."""
    random = np.random.default_rng(3)
    probabilities = random.dirichlet(np.full(7, 0.5), count).astype(np.float32)
    chances = probabilities.cumsum(axis=1)
    labels = (random.random((count, 1)) > chances).sum(axis=1).clip(0, 6)
    return probabilities, labels.astype(np.int8)


def test_scores_of_the_least_ambiguous_sets() -> None:
    assert lac(ONE)[0] == pytest.approx([0.5, 1, 0.7, 0.8, 1, 1, 1])


# scores, level, limit: place ceil((n + 1) level) of n
LIMITS = [
    (9, 0.9, 9),
    (9, 0.7, 7),  # (9 + 1) * 0.7 is a little over 7 in floats
    (9, 0.75, 8),
    (9, 0.95, math.inf),
    (0, 0.5, math.inf),
    (99, 0.95, 95),
]


@pytest.mark.parametrize(("count", "level", "place"), LIMITS)
def test_the_limit(count: int, level: float, place: float) -> None:
    scores = np.random.default_rng(0).permutation(np.arange(1.0, count + 1))
    assert limit(scores, level) == place


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_more_coverage_never_lowers_the_limit(one: float, other: float) -> None:
    scores = np.random.default_rng(0).random(30)
    low, high = sorted((one, other))
    assert limit(scores, low) <= limit(scores, high)


def test_coverage_is_what_was_asked_for() -> None:
    found = measure_sets(*calibrated(6000), (0.6, 0.9))
    assert [(each.method, each.level) for each in found.sets] == [
        ("lac", 0.6),
        ("lac", 0.9),
        ("aps", 0.6),
        ("aps", 0.9),
        ("shown", 0.6),
        ("shown", 0.9),
    ]
    for each in found.sets:
        assert each.coverage == pytest.approx(each.level, abs=0.02)
        low, high = each.interval.size
        assert low < each.size < high
    assert found.halves == (3000, 3000)


def test_sets_by_hand() -> None:
    # Each half has one face, and (1 + 1) * 0.5 is its first score: 0.2 and 0.6. The face of
    # score 0.2 is in its set under 0.6, the other is not in its own under 0.2.
    probabilities = np.array([[0.8, 0.2, 0, 0, 0, 0, 0], [0.6, 0.4, 0, 0, 0, 0, 0]], np.float32)
    found = measure_sets(probabilities, np.array([0, 1], np.int8), (0.5,)).sets[0]
    assert (found.coverage, found.size) == (0.5, 0.5)
    assert (found.single, found.empty) == (0.5, 0.5)


def test_fitted_thresholds_keep_their_promise_on_other_faces() -> None:
    probabilities, labels = calibrated(8000)
    thresholds = fit_thresholds(probabilities[:4000], labels[:4000])
    assert list(thresholds) == ["0.80", "0.85", "0.90", "0.95", "0.99"]
    for level, threshold in thresholds.items():
        sets = adaptive_sets(probabilities[4000:], threshold)
        held = sets[np.arange(4000), labels[4000:]].mean()
        # Four deviations of what 4,000 faces and as many others give by chance.
        doubt = 4 * math.sqrt(2 * float(level) * (1 - float(level)) / 4000)
        assert held == pytest.approx(float(level), abs=doubt)
        assert sets.any(axis=1).all()


def test_a_threshold_by_hand() -> None:
    # The true class is the likeliest of the first face and the second of the others, before
    # which 0.5 and 0.6 stand: ceil((3 + 1) * 0.5) is the second smallest of 0, 0.5 and 0.6.
    rows = [[0.9, 0.1], [0.5, 0.4], [0.6, 0.4]]
    probabilities = np.array([[*row, *[0] * 5] for row in rows], np.float32)
    labels = np.array([0, 1, 1], np.int8)
    found = fit_thresholds(probabilities, labels, (0.5, 0.75, 0.9))
    # For 0.9 four faces would be needed.
    assert found == pytest.approx({"0.50": 0.5, "0.75": 0.6, "0.90": 1.0})


def test_shown_sets_are_never_empty() -> None:
    found = measure_sets(*calibrated(500), (0.3, 0.9), methods=("shown",))
    assert [each.empty for each in found.sets] == [0, 0]


def test_too_few_faces_give_every_class() -> None:
    probabilities, labels = calibrated(1)
    for each in measure_sets(probabilities, labels, (0.9,)).sets:
        assert (each.coverage, each.size) == (1, 7)


def test_sets_repeat_with_their_seed() -> None:
    first, again, other = (measure_sets(*calibrated(200), (0.8,), seed) for seed in (0, 0, 1))
    assert first == again
    assert first.sets != other.sets
