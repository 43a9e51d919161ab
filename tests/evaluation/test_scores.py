import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.errors import DataError
from mien.evaluation.scores import MISSED, confusion, ece, macro_f1, nll, score


def certain(classes: list[int], confidence: float = 1.0) -> np.ndarray:
    """Give each face this confidence in its class, the rest shared evenly."""
    rest = (1 - confidence) / 6
    return (np.eye(7)[classes] * (confidence - rest) + rest).astype(np.float32)


def labels(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int8)


def test_scores_of_a_case_done_by_hand() -> None:
    # Six faces, four right: angry 2 of 3, happy 2 of 3, one of each taken for the other.
    result = score(certain([0, 0, 3, 3, 3, 0], 0.7), labels([0, 0, 0, 3, 3, 3]))
    assert result["n"] == 6
    assert result["accuracy"] == pytest.approx(4 / 6)
    assert result["macro_f1"] == pytest.approx(2 / 3)
    assert result["recall"]["angry"] == pytest.approx(2 / 3)
    assert result["recall"]["fear"] is None
    assert result["confusion"][0] == [2, 0, 0, 1, 0, 0, 0]
    assert result["confusion"][3] == [1, 0, 0, 2, 0, 0, 0]
    assert result["ece"] == pytest.approx(0.7 - 4 / 6, abs=1e-6)
    assert result["nll"] == pytest.approx(-(4 * np.log(0.7) + 2 * np.log(0.05)) / 6, abs=1e-6)
    assert result["interval"]["accuracy"] == pytest.approx((0.2999, 0.9032), abs=1e-4)


def test_faces_not_found_are_errors() -> None:
    result = score(certain([0, 3]), labels([0, 3]), missed=labels([3, 3]))
    assert (result["n"], result["accuracy"]) == (4, 0.5)
    assert result["recall"]["happy"] == pytest.approx(1 / 3)
    assert result["missed"]["happy"] == 2
    # angry has F1 1; happy has recall 1/3 and precision 1, so F1 1/2.
    assert result["macro_f1"] == pytest.approx(0.75)
    assert result["ece"] == pytest.approx(0)


def test_no_face_found_at_all() -> None:
    result = score(np.zeros((0, 7), np.float32), labels([]), missed=labels([2]))
    assert (result["accuracy"], result["ece"], result["nll"]) == (0, None, None)


def test_nothing_to_score_is_refused() -> None:
    with pytest.raises(DataError, match="no face to score"):
        score(np.zeros((0, 7), np.float32), labels([]))


def test_ece_weighs_bins_by_their_faces() -> None:
    # Three faces at 0.9, two right (gap 0.7/3 * 3 faces); one at 0.5, right (gap 0.5).
    probabilities = np.concatenate([certain([0, 0, 0], 0.9), certain([1], 0.5)])
    expected = (abs(2 - 2.7) + abs(1 - 0.5)) / 4
    assert ece(probabilities, labels([0, 0, 1, 1])) == pytest.approx(expected, abs=1e-6)


def test_nll_of_a_certain_mistake_is_finite() -> None:
    assert nll(certain([0]), labels([1])) == pytest.approx(-np.log(1e-12))


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 7)), min_size=1, max_size=60))
def test_confusion_counts_every_pair(pairs: list[tuple[int, int]]) -> None:
    matrix = confusion(labels([true for true, _ in pairs]), np.array([p for _, p in pairs]))
    assert matrix.sum() == len(pairs)
    for true, predicted in set(pairs):
        assert matrix[true, predicted] == pairs.count((true, predicted))
    assert 0 <= macro_f1(matrix) <= 1


def test_macro_f1_is_one_for_all_right_and_zero_for_all_missed() -> None:
    every = np.arange(7)
    assert macro_f1(confusion(labels(every.tolist()), every)) == 1
    assert macro_f1(confusion(labels(every.tolist()), np.full(7, MISSED))) == 0
