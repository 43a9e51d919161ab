import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.evaluation.selective import accuracy_at, aurc, risk_coverage, selective


def faces(*pairs: tuple[float, bool]) -> tuple[np.ndarray, np.ndarray]:
    """Make faces from confidence and whether the answer, angry, is right."""
    sure = np.array([each for each, _ in pairs])[:, None]
    probabilities = np.hstack([sure, np.repeat((1 - sure) / 6, 6, axis=1)]).astype(np.float32)
    return probabilities, np.array([0 if right else 1 for _, right in pairs], np.int8)


FOUR = faces((0.6, False), (0.9, True), (0.7, True), (0.8, False))
TIED = faces((0.9, True), (0.8, True), (0.8, False), (0.8, False))


def test_aurc_by_hand() -> None:
    # Error rates of the first 1, 2, 3, 4 by confidence: 0, 1/2, 1/3, 2/4.
    assert aurc(*FOUR) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_aurc_of_ties_is_the_mean_over_their_orders() -> None:
    # After the sure one come one right and two wrong in any order.
    orders = set(itertools.permutations([0, 1, 1]))
    rates = [np.cumsum([0, *order]) / np.arange(1, 5) for order in orders]
    assert aurc(*TIED) == pytest.approx(np.mean(rates))


@given(st.permutations(range(4)))
def test_the_order_of_the_faces_does_not_matter(order: list[int]) -> None:
    probabilities, labels = TIED
    assert aurc(probabilities[order], labels[order]) == pytest.approx(aurc(*TIED))
    assert accuracy_at(probabilities[order], labels[order], 70) == accuracy_at(*TIED, 70)


# percent, accuracy: 100% of four faces is 4, 70% is rounded up to 3, 50% is 2, 1% is 1
AT = [(100, 1 / 2), (70, 2 / 3), (50, 1 / 2), (1, 1)]


@pytest.mark.parametrize(("percent", "accuracy"), AT)
def test_accuracy_at_a_coverage(percent: int, accuracy: float) -> None:
    found, (low, high) = accuracy_at(*FOUR, percent)
    assert found == pytest.approx(accuracy)
    assert low <= found <= high


def test_ties_at_the_edge_count_by_their_mean() -> None:
    assert accuracy_at(*TIED, 50)[0] == pytest.approx((1 + 1 / 3) / 2)


# target, threshold, answered, accuracy
TARGETS = [
    (1.0, 0.9, 1, 1.0),
    (0.6, 0.7, 3, 2 / 3),
    (0.5, 0.0, 4, 0.5),
    (2 / 3, 0.7, 3, 2 / 3),
]


@pytest.mark.parametrize(("target", "threshold", "answered", "accuracy"), TARGETS)
def test_the_smallest_threshold(
    target: float, threshold: float, answered: int, accuracy: float
) -> None:
    found = selective(*FOUR, target)
    assert found.threshold == pytest.approx(threshold)
    assert (found.answered, found.coverage) == (answered, answered / 4)
    assert found.accuracy == pytest.approx(accuracy)
    assert (FOUR[0].max(axis=1) >= found.threshold).sum() == answered


def test_faces_of_equal_confidence_are_answered_together() -> None:
    # One of the tied three would do, but a threshold cannot pick it.
    assert selective(*TIED, 0.9).answered == 1


def test_an_unreachable_target() -> None:
    found = selective(*faces((0.9, False), (0.8, True)), 0.9)
    assert (found.threshold, found.answered, found.accuracy) == (None, 0, None)
    assert found.interval.accuracy == (0, 1)


@given(
    st.lists(st.tuples(st.sampled_from([0.3, 0.5, 0.7, 0.9]), st.booleans()), min_size=1),
    st.sampled_from([0.3, 0.5, 0.8, 1.0]),
)
def test_no_smaller_threshold_would_do(pairs: list[tuple[float, bool]], target: float) -> None:
    probabilities, labels = faces(*pairs)
    found = selective(probabilities, labels, target)
    confidence, right = probabilities.max(axis=1), labels == 0
    reaching = [t for t in np.unique(confidence) if right[confidence >= t].mean() >= target]
    assert (found.threshold is None) == (not reaching)
    if reaching:
        assert found.answered == (confidence >= min(reaching)).sum()


def test_the_risk_coverage_curve_has_a_point_for_each_confidence() -> None:
    coverage, risk = risk_coverage(*TIED)
    # The three of equal confidence come in at once.
    assert coverage.tolist() == [1 / 4, 1]
    assert risk.tolist() == [0, 2 / 4]
    coverage, risk = risk_coverage(*FOUR)
    assert coverage.tolist() == [1 / 4, 2 / 4, 3 / 4, 1]
    assert risk.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 2 / 4])
