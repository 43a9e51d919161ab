import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.evaluation.bootstrap import bootstrap, value
from mien.evaluation.calibration import (
    BINS,
    brier,
    ece,
    nll,
    reliability,
    weighted_brier,
    weighted_ece,
    weighted_nll,
)
from mien.evaluation.selective import aurc, weighted_aurc

WEIGHTED = [
    (brier, weighted_brier),
    (ece, weighted_ece),
    (nll, weighted_nll),
    (aurc, weighted_aurc),
]


def certain(classes: list[int], confidence: float = 1.0) -> np.ndarray:
    rest = (1 - confidence) / 6
    return (np.eye(7)[classes] * (confidence - rest) + rest).astype(np.float32)


def labels(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int8)


def test_ece_weighs_bins_by_their_faces() -> None:
    # Three faces at 0.9, two right (gap 0.7/3 * 3 faces); one at 0.5, right (gap 0.5).
    probabilities = np.concatenate([certain([0, 0, 0], 0.9), certain([1], 0.5)])
    expected = (abs(2 - 2.7) + abs(1 - 0.5)) / 4
    assert ece(probabilities, labels([0, 0, 1, 1])) == pytest.approx(expected, abs=1e-6)


def test_nll_of_a_certain_mistake_is_finite() -> None:
    assert nll(certain([0]), labels([1])) == pytest.approx(-np.log(1e-12))


THREE = np.array(
    [[0.7, 0.2, 0.1, 0, 0, 0, 0], [0.1, 0.5, 0.4, 0, 0, 0, 0], [0.25, 0.25, 0.5, 0, 0, 0, 0]],
    np.float32,
)


def test_nll_of_several_faces_is_the_mean_of_their_logarithms() -> None:
    # The true classes have 0.7, 0.4 and 0.5.
    expected = -(math.log(0.7) + math.log(0.4) + math.log(0.5)) / 3
    assert expected == pytest.approx(0.655371, abs=1e-6)
    assert nll(THREE, labels([0, 2, 2])) == pytest.approx(expected, abs=1e-6)
    # Counted three, no and one times.
    weights = np.array([[3.0, 0.0, 1.0]])
    expected = -(3 * math.log(0.7) + math.log(0.5)) / 4
    assert weighted_nll(THREE, labels([0, 2, 2]))(weights) == pytest.approx([expected], abs=1e-6)


def test_brier_of_several_faces_is_the_mean_of_their_distances() -> None:
    # 0.3^2 + 0.2^2 + 0.1^2, 0.1^2 + 0.5^2 + 0.6^2 and twice 0.25^2 + 0.5^2.
    each = [0.14, 0.62, 0.375]
    assert brier(THREE, labels([0, 2, 2])) == pytest.approx(sum(each) / 3, abs=1e-6)
    # Each face has its own truth: another one changes its own term only.
    other = 0.7**2 + 0.8**2 + 0.1**2
    expected = (other + each[1] + each[2]) / 3
    assert brier(THREE, labels([1, 2, 2])) == pytest.approx(expected, abs=1e-6)
    weights = np.array([[1.0, 2.0, 0.0]])
    expected = (each[0] + 2 * each[1]) / 3
    assert weighted_brier(THREE, labels([0, 2, 2]))(weights) == pytest.approx([expected], abs=1e-6)


def test_brier_goes_from_right_to_wrong() -> None:
    assert brier(certain([0]), labels([0])) == 0
    assert brier(certain([0]), labels([1])) == 2
    # Even odds: 6/7 squared, and six times 1/7 squared.
    assert brier(np.full((1, 7), 1 / 7, np.float32), labels([4])) == pytest.approx(42 / 49)


def test_reliability_by_hand() -> None:
    # 0.9 lies in bin 13 (from 13/15), 0.5 in bin 7, and 1 in the last with what is below it.
    parts = [certain([0, 0, 0], 0.9), certain([1], 0.5), certain([2], 1.0)]
    bins = reliability(np.concatenate(parts), labels([0, 0, 1, 1, 2]))
    assert [each.count for each in bins] == [0] * 7 + [1] + [0] * 5 + [3, 1]
    assert (bins[13].low, bins[13].high) == (13 / 15, 14 / 15)
    assert bins[13].confidence == pytest.approx(0.9)
    assert bins[13].accuracy == pytest.approx(2 / 3)
    assert bins[13].interval == pytest.approx((0.2077, 0.9385), abs=1e-4)
    assert (bins[0].confidence, bins[0].accuracy) == (None, None)


FACES = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from([0.3, 0.5, 0.7, 1.0])),
    min_size=1,
    max_size=25,
)


def arrays(faces: list[tuple[int, int, float]]) -> tuple[np.ndarray, np.ndarray]:
    probabilities = np.concatenate([certain([guess], sure) for _, guess, sure in faces])
    return probabilities, labels([truth for truth, _, _ in faces])


@given(FACES)
def test_ece_is_what_the_reliability_says(faces: list[tuple[int, int, float]]) -> None:
    probabilities, truth = arrays(faces)
    bins = reliability(probabilities, truth)
    gaps = [b.count * abs(b.accuracy - b.confidence) for b in bins if b.count]
    assert len(bins) == BINS
    assert ece(probabilities, truth) == pytest.approx(sum(gaps) / len(faces), abs=1e-6)


@given(FACES, st.data())
def test_a_weight_counts_a_face_that_often(
    faces: list[tuple[int, int, float]], data: st.DataObject
) -> None:
    probabilities, truth = arrays(faces)
    draws = st.lists(st.integers(0, 3), min_size=len(faces), max_size=len(faces)).filter(any)
    times = np.array(data.draw(draws))
    for plain, weighted in WEIGHTED:
        found = weighted(probabilities, truth)(times[None].astype(float))[0]
        expected = plain(probabilities.repeat(times, axis=0), truth.repeat(times))
        assert found == pytest.approx(expected), plain.__name__


@given(
    st.integers(1, 120),
    st.floats(0.15, 1),
    st.floats(0, 0.8),
    st.integers(0, 2**32 - 1),
)
def test_the_calibration_error_lies_inside_its_interval(
    count: int, least: float, off: float, seed: int
) -> None:
    """Also where a network is calibrated perfectly, so that all resamples are worse."""
    random = np.random.default_rng(seed)
    confidence = random.uniform(least, 1, count)
    right = random.random(count) < confidence * (1 - off)
    rest = (1 - confidence) / 6
    probabilities = np.repeat(rest[:, None], 7, axis=1)
    probabilities[:, 0] = confidence
    truth = np.where(right, 0, 1).astype(np.int8)
    error = weighted_ece(probabilities.astype(np.float32), truth)
    low, high = bootstrap({"ece": error}, count, seed=0, biased=("ece",))["ece"]
    assert 0 <= low <= value(error, count) <= high


def test_without_correction_a_small_calibration_error_lies_below_its_interval() -> None:
    """Half of the faces are right at confidence 0.5, so that any other draw is worse."""
    probabilities = np.full((100, 7), 0.5 / 6, np.float32)
    probabilities[:, 0] = 0.5
    truth = labels([0] * 50 + [1] * 50)
    error = weighted_ece(probabilities, truth)
    plain = bootstrap({"ece": error}, 100)["ece"]
    corrected = bootstrap({"ece": error}, 100, biased=("ece",))["ece"]
    assert value(error, 100) == pytest.approx(0, abs=1e-7)
    # Deviations of a binomial share: 0.05 times the normal's, whose mean is 0.0399.
    assert plain == pytest.approx((0, 0.1), abs=0.011)
    assert corrected == pytest.approx((0, 0.1 - 0.0399), abs=0.011)
    shares = np.array([0.0, 1.0] * 50)
    mean = {"accuracy": lambda weights: weights @ shares / 100}
    assert bootstrap(mean, 100) == bootstrap(mean, 100, biased=("ece",))
