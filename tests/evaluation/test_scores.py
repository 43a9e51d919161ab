import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.classes import FER2013, Vocabulary
from mien.errors import DataError
from mien.evaluation.confusion import confusion, macro_f1
from mien.evaluation.results import BaseScores
from mien.evaluation.scores import headline, score


def certain(classes: list[int], confidence: float = 1.0) -> np.ndarray:
    """Give each face this confidence in its class, the rest shared evenly."""
    rest = (1 - confidence) / 6
    return (np.eye(7)[classes] * (confidence - rest) + rest).astype(np.float32)


def labels(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int8)


def test_scores_of_a_case_done_by_hand() -> None:
    # Six faces, four right: angry 2 of 3, happy 2 of 3, one of each taken for the other.
    result = score(certain([0, 0, 3, 3, 3, 0], 0.7), labels([0, 0, 0, 3, 3, 3]), FER2013)
    assert result.n == 6
    assert result.accuracy == pytest.approx(4 / 6)
    assert result.macro_f1 == pytest.approx(2 / 3)
    assert result.recall["angry"] == pytest.approx(2 / 3)
    assert result.recall["fear"] is None
    assert result.confusion[0] == (2, 0, 0, 1, 0, 0, 0)
    assert result.confusion[3] == (1, 0, 0, 2, 0, 0, 0)
    assert result.ece == pytest.approx(0.7 - 4 / 6, abs=1e-6)
    assert result.nll == pytest.approx(-(4 * np.log(0.7) + 2 * np.log(0.05)) / 6, abs=1e-6)
    # Right: 0.3^2 and six times 0.05^2; wrong: 0.7^2, 0.95^2 and five times 0.05^2.
    assert result.brier == pytest.approx((4 * 0.105 + 2 * 1.405) / 6, abs=1e-6)
    # All equally sure, so that whoever is answered, a third is wrong.
    assert result.aurc == pytest.approx(1 / 3)
    assert result.accuracy_at_coverage == pytest.approx(
        dict.fromkeys((100, 90, 80, 70), 2 / 3)
    )
    assert result.interval.accuracy == pytest.approx((0.2999, 0.9032), abs=1e-4)


def test_classes_done_by_hand() -> None:
    # angry: 3 of 4, all that were called so; happy: 2 of 2, and one that was angry.
    result = score(certain([0, 0, 0, 3, 3, 3]), labels([0, 0, 0, 0, 3, 3]), FER2013)
    assert result.balanced_accuracy == pytest.approx((3 / 4 + 1) / 2)
    assert (result.precision["angry"], result.precision["happy"]) == (1, 2 / 3)
    assert result.f1["angry"] == pytest.approx(6 / 7)
    assert result.f1["happy"] == pytest.approx(4 / 5)
    assert result.macro_f1 == pytest.approx((6 / 7 + 4 / 5) / 2)
    assert (result.precision["fear"], result.f1["fear"]) == (None, None)
    assert result.interval.f1["fear"] == (0, 1)
    assert result.interval.precision["happy"] == pytest.approx((0.2077, 0.9385), abs=1e-4)


def test_a_class_only_in_the_answers_has_an_f1_of_zero() -> None:
    result = score(certain([0, 1]), labels([0, 0]), FER2013)
    assert (result.recall["disgust"], result.f1["disgust"]) == (None, 0)
    assert result.balanced_accuracy == 0.5


def test_every_score_lies_in_its_interval_and_all_is_json() -> None:
    random = np.random.default_rng(0)
    truth = labels(random.integers(0, 7, 400).tolist())
    guesses = np.where(random.random(400) < 0.6, truth, random.integers(0, 7, 400))
    result = score(certain(guesses.tolist(), 0.6), truth, FER2013)
    interval = result.interval
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "ece", "nll", "brier", "aurc"):
        low, high = getattr(interval, name)
        assert low <= getattr(result, name) <= high, name
    for name in ("recall", "precision", "f1", "accuracy_at_coverage"):
        values, intervals = getattr(result, name), getattr(interval, name)
        assert values.keys() == intervals.keys()
        for key, value in values.items():
            assert intervals[key][0] <= value <= intervals[key][1], (name, key)
    assert (result.bootstrap.seed, result.bootstrap.resamples) == (0, 1000)
    assert BaseScores.model_validate(json.loads(result.to_json())) == result


def test_the_headline_is_the_same_in_short() -> None:
    probabilities, truth = certain([0, 0, 0, 3, 3, 3], 0.8), labels([0, 0, 0, 0, 3, 3])
    short, long = headline(probabilities, truth, FER2013), score(probabilities, truth, FER2013)
    for name in ("n", "accuracy", "balanced_accuracy", "macro_f1", "ece"):
        assert getattr(short, name) == getattr(long, name)
    for name, interval in short.interval:
        assert interval == pytest.approx(getattr(long.interval, name))


def test_faces_not_found_are_errors() -> None:
    result = score(certain([0, 3]), labels([0, 3]), FER2013, missed=labels([3, 3]))
    assert (result.n, result.accuracy) == (4, 0.5)
    assert result.recall["happy"] == pytest.approx(1 / 3)
    assert result.precision["happy"] == 1
    assert result.balanced_accuracy == pytest.approx(2 / 3)
    assert result.missed["happy"] == 2
    # angry has F1 1; happy has recall 1/3 and precision 1, so F1 1/2.
    assert result.macro_f1 == pytest.approx(0.75)
    assert result.ece == pytest.approx(0)
    assert result.accuracy_at_coverage[100] == 1


def test_no_face_found_at_all() -> None:
    result = score(np.zeros((0, 7), np.float32), labels([]), FER2013, missed=labels([2]))
    assert (result.accuracy, result.balanced_accuracy) == (0, 0)
    for name in ("ece", "nll", "brier", "aurc", "accuracy_at_coverage", "reliability"):
        assert getattr(result, name) is None


def test_nothing_to_score_is_refused() -> None:
    with pytest.raises(DataError, match="no face to score"):
        score(np.zeros((0, 7), np.float32), labels([]), FER2013)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 7)), min_size=1, max_size=60))
def test_confusion_counts_every_pair(pairs: list[tuple[int, int]]) -> None:
    matrix = confusion(labels([true for true, _ in pairs]), np.array([p for _, p in pairs]), 7)
    assert matrix.sum() == len(pairs)
    for true, predicted in set(pairs):
        assert matrix[true, predicted] == pairs.count((true, predicted))
    assert 0 <= macro_f1(matrix) <= 1


def test_macro_f1_is_one_for_all_right_and_zero_for_all_missed() -> None:
    every = np.arange(7)
    assert macro_f1(confusion(labels(every.tolist()), every, 7)) == 1
    assert macro_f1(confusion(labels(every.tolist()), np.full(7, 7), 7)) == 0


SLEEP = Vocabulary.named(["awake", "macro_f1", "yawning"])


def test_any_classes_are_scored_by_their_names() -> None:
    # A class may be called as a score is.
    probabilities = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.5, 0.3, 0.2]], np.float32)
    result = score(probabilities, labels([0, 1, 2]), SLEEP, missed=labels([2]))
    assert result.classes == SLEEP
    assert result.recall == {"awake": 1, "macro_f1": 1, "yawning": 0}
    assert result.precision == {"awake": 0.5, "macro_f1": 1, "yawning": None}
    assert result.f1 == pytest.approx({"awake": 2 / 3, "macro_f1": 1, "yawning": 0})
    assert result.macro_f1 == pytest.approx(5 / 9)
    assert result.confusion == ((1, 0, 0), (0, 1, 0), (1, 0, 0))
    assert result.missed == {"awake": 0, "macro_f1": 0, "yawning": 1}
    assert result.faces == {"awake": 1, "macro_f1": 1, "yawning": 2}
    assert result.nll == pytest.approx(-np.log([0.8, 0.7, 0.2]).mean(), abs=1e-6)


def test_probabilities_of_other_classes_are_refused() -> None:
    with pytest.raises(DataError, match=r"Expected probabilities \[2, 3\], got \[2, 7\]"):
        score(certain([0, 1]), labels([0, 1]), SLEEP)
