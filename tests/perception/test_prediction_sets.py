import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.classes import FER2013, Vocabulary
from mien.errors import SettingsError
from mien.models import DEFAULT, read_info
from mien.perception.prediction_sets import adaptive_scores, adaptive_sets, find_threshold, in_words

ONE = np.array([[0.5, 0.0, 0.3, 0.2, 0.0, 0.0, 0.0]], np.float32)


def test_the_score_is_the_probability_of_all_likelier_expressions():
    assert adaptive_scores(ONE)[0] == pytest.approx([0, 1, 0.5, 0.8, 1, 1, 1])


def test_a_part_of_the_own_probability_may_count():
    assert adaptive_scores(ONE, 1.0)[0] == pytest.approx([0.5, 1, 0.8, 1, 1, 1, 1])
    expected = [0.25, 1, 0.65, 0.9, 1, 1, 1]
    assert adaptive_scores(ONE, np.array([[0.5]]))[0] == pytest.approx(expected)


def test_of_equals_the_lower_number_is_likelier():
    even = np.full((1, 7), 1 / 7, np.float32)
    assert adaptive_scores(even)[0] == pytest.approx(np.arange(7) / 7, abs=1e-6)


# threshold, what is in the set
SETS = [
    (0.0, ["angry"]),
    (0.4, ["angry"]),
    (0.5, ["angry", "fear"]),
    (0.79, ["angry", "fear"]),
    (0.81, ["angry", "fear", "happy"]),
    (1.0, list(FER2013.names)),
]


@pytest.mark.parametrize(("threshold", "expected"), SETS)
def test_sets_by_hand(threshold, expected):
    held = adaptive_sets(ONE, threshold)[0]
    assert [FER2013.names[place] for place in np.flatnonzero(held)] == expected


@given(st.lists(st.floats(0.001, 1), min_size=7, max_size=7), st.floats(0, 1), st.floats(0, 1))
def test_sets_grow_with_the_threshold_and_hold_the_likeliest(weights, one, other):
    chances = np.array([weights], np.float32)
    chances /= chances.sum()
    low, high = sorted((one, other))
    small, large = adaptive_sets(chances, low)[0], adaptive_sets(chances, high)[0]
    assert small[chances.argmax()]
    assert (small <= large).all()
    # What is in is at least as likely as what is not.
    assert small.all() or chances[0][small].min() >= chances[0][~small].max()
    assert adaptive_sets(chances, 1.0).all()


def test_the_threshold_of_a_coverage_is_the_cards():
    card = dataclasses.replace(read_info(DEFAULT), conformal={"0.80": 0.6, "0.90": 0.7})
    assert find_threshold(card, 0.9) == 0.7
    with pytest.raises(SettingsError, match=r"no threshold .* of 0\.7\. Use one of 0\.80, 0\.90\."):
        find_threshold(card, 0.7)
    with pytest.raises(SettingsError, match="has no thresholds .* Export the network again"):
        find_threshold(dataclasses.replace(card, conformal={}), 0.9)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["sad"], "sad"),
        (["sad", "neutral"], "sad or neutral"),
        (["sad", "fear", "neutral"], "sad, fear or neutral"),
        (list(FER2013.names), "any of the 7"),
    ],
)
def test_a_set_in_words(names, words):
    assert in_words([FER2013[name] for name in names], len(FER2013)) == words


def test_a_set_of_own_classes_in_words():
    awake, tired, yawning = Vocabulary.named(["awake", "tired", "yawning"])
    assert in_words([tired, awake], 3) == "tired or awake"
    assert in_words([tired, awake, yawning], 3) == "any of the 3"
