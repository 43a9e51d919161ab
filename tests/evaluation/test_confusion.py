import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.evaluation.confusion import (
    balanced_accuracy,
    confusion,
    macro_f1,
    weighted_balanced_accuracy,
    weighted_f1,
    weighted_macro_f1,
)

ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 7), st.integers(0, 3)), min_size=1, max_size=40
).filter(lambda rows: any(times for _, _, times in rows))


@given(ROWS)
def test_a_weight_counts_a_face_that_often(rows: list[tuple[int, int, int]]) -> None:
    labels, predicted, times = (np.array(column) for column in zip(*rows, strict=True))
    labels = labels.astype(np.int8)
    weights = times[None].astype(float)
    matrix = confusion(labels.repeat(times), predicted.repeat(times), 7)
    f1, balanced = macro_f1(matrix), balanced_accuracy(matrix)
    assert weighted_macro_f1(labels, predicted, 7)(weights)[0] == pytest.approx(f1)
    assert weighted_balanced_accuracy(labels, predicted, 7)(weights)[0] == pytest.approx(balanced)
    by_class = [weighted_f1(labels, predicted, 7, label)(weights)[0] for label in range(7)]
    assert np.nanmean(by_class) == pytest.approx(f1)


def test_f1_of_a_class_that_was_not_drawn_is_nan() -> None:
    score = weighted_f1(np.array([0, 1], np.int8), np.array([0, 1]), 7, 1)
    assert score(np.array([[2.0, 0.0]])) == pytest.approx([np.nan], nan_ok=True)


def test_three_classes_by_hand() -> None:
    # One of the second class is read as the third, one is not detected.
    matrix = confusion(np.array([0, 1, 1, 1, 2], np.int8), np.array([0, 1, 2, 3, 2]), 3)
    assert matrix.tolist() == [[1, 0, 0, 0], [0, 1, 1, 1], [0, 0, 1, 0]]
    assert balanced_accuracy(matrix) == pytest.approx((1 + 1 / 3 + 1) / 3)
    assert macro_f1(matrix) == pytest.approx((1 + 2 / 4 + 2 / 3) / 3)
