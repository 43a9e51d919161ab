import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.errors import SettingsError
from mien.perception.smoothing import GAP, HOLD, MARGIN, SECONDS, Smoother

CALM, GLAD = np.array([0.9, 0.1, 0.0], np.float32), np.array([0.1, 0.9, 0.0], np.float32)


def feed(smoother, seconds, probabilities, start=0.0, rate=50, face_id=0):
    """Give the same probabilities for some seconds, and return all answers."""
    return [
        smoother.update(face_id, start + step / rate, probabilities)
        for step in range(round(seconds * rate))
    ]


def test_first_frame_is_as_it_is():
    smoothed = Smoother().update(3, 17.0, GLAD)
    np.testing.assert_array_equal(smoothed.probabilities, GLAD)
    assert smoothed.shown == 1
    assert smoothed.probabilities.dtype == np.float32


def test_change_has_come_through_by_63_percent_after_the_time_constant():
    smoother = Smoother(0.2)
    smoother.update(0, 0.0, CALM)
    smoothed = smoother.update(0, 0.2, GLAD)
    expected = CALM + (1 - math.exp(-1)) * (GLAD - CALM)
    np.testing.assert_allclose(smoothed.probabilities, expected, rtol=1e-6)


@pytest.mark.parametrize("rate", [10, 30, 120])
def test_result_does_not_depend_on_the_rate(rate):
    smoother = Smoother(0.25)
    smoother.update(0, 0.0, CALM)
    last = [smoother.update(0, (step + 1) / rate, GLAD) for step in range(rate // 2)][-1]
    expected = CALM + (1 - math.exp(-2)) * (GLAD - CALM)
    np.testing.assert_allclose(last.probabilities, expected, rtol=1e-5)


def test_irregular_frames_end_where_regular_ones_do():
    one, other = Smoother(0.3), Smoother(0.3)
    for smoother, times in ((one, [0.0, 0.04, 0.05, 0.31, 0.4]), (other, [0.0, 0.2, 0.4])):
        smoother.update(0, -0.1, CALM)
        last = [smoother.update(0, time, GLAD) for time in times][-1]
        np.testing.assert_allclose(last.probabilities.sum(), 1, rtol=1e-6)
    np.testing.assert_allclose(
        one.update(0, 0.5, GLAD).probabilities, other.update(0, 0.5, GLAD).probabilities, rtol=1e-5
    )


def test_shown_label_changes_once_within_04_seconds():
    smoother = Smoother()
    feed(smoother, 1.0, CALM)
    shown = [one.shown for one in feed(smoother, 1.0, GLAD, start=1.0)]
    change = shown.index(1) / 50
    assert shown == sorted(shown)
    # When the lead, 0.8 - 1.6 exp(-t / SECONDS), passes the margin.
    assert change == pytest.approx(SECONDS * math.log(1.6 / (0.8 - MARGIN)), abs=0.04)
    assert change < 0.4


def test_single_wrong_frame_is_not_shown():
    smoother = Smoother()
    feed(smoother, 1.0, CALM)
    assert smoother.update(0, 1.0, GLAD).shown == 0
    assert {one.shown for one in feed(smoother, 0.5, CALM, start=1.02)} == {0}


def test_small_lead_does_not_flicker_but_wins_in_the_end():
    smoother = Smoother()
    feed(smoother, 1.0, CALM)
    even, odd = np.array([0.40, 0.45, 0.15], np.float32), np.array([0.36, 0.49, 0.15], np.float32)
    shown = [
        smoother.update(0, 1 + step / 50, odd if step % 2 else even).shown for step in range(150)
    ]
    change = shown.index(1) / 50
    assert shown == sorted(shown)
    assert HOLD < change < HOLD + 0.6


def test_lead_that_is_lost_again_begins_anew():
    smoother = Smoother()
    feed(smoother, 1.0, CALM)
    near = np.array([0.45, 0.55, 0.0], np.float32)
    back = np.array([0.7, 0.3, 0.0], np.float32)
    for turn in range(4):
        feed(smoother, 0.8, near, start=1 + 1.2 * turn)
        assert feed(smoother, 0.4, back, start=1.8 + 1.2 * turn)[-1].shown == 0


def test_0_seconds_change_nothing():
    smoother = Smoother(0.0)
    random = np.random.default_rng(0)
    for step in range(20):
        raw = random.dirichlet(np.ones(7)).astype(np.float32)
        smoothed = smoother.update(0, step / 25, raw)
        np.testing.assert_array_equal(smoothed.probabilities, raw)
        assert smoothed.shown == raw.argmax()


def test_long_gap_begins_anew_and_a_short_one_does_not():
    for gap, fresh in ((GAP + 0.1, True), (GAP - 0.1, False)):
        smoother = Smoother()
        smoother.update(0, 0.0, CALM)
        smoothed = smoother.update(0, gap, GLAD)
        assert np.array_equal(smoothed.probabilities, GLAD) == fresh


def test_gap_is_at_least_the_time_constant():
    smoother = Smoother(3.0)
    smoother.update(0, 0.0, CALM)
    assert smoother.update(0, 2.0, GLAD).shown == 0


def test_cut_begins_anew():
    smoother = Smoother()
    smoother.update(0, 0.0, CALM)
    smoother.cut()
    assert smoother.update(0, 0.04, GLAD).shown == 1


def test_faces_are_kept_apart():
    smoother, alone = Smoother(), Smoother()
    feed(smoother, 0.1, CALM, face_id=1)
    for step in range(10):
        both = smoother.update(0, step / 25, GLAD if step % 3 else CALM)
        smoother.update(1, step / 25, CALM)
        single = alone.update(0, step / 25, GLAD if step % 3 else CALM)
        np.testing.assert_array_equal(both.probabilities, single.probabilities)
        assert both.shown == single.shown


def test_faces_that_are_gone_are_forgotten():
    smoother = Smoother()
    for number in range(500):
        smoother.update(number, number * 1.0, CALM)
    assert len(smoother._states) < 100


def test_time_that_goes_back_counts_as_the_same():
    smoother = Smoother()
    smoother.update(0, 10.0, CALM)
    smoothed = smoother.update(0, 9.0, GLAD)
    np.testing.assert_array_equal(smoothed.probabilities, CALM)


def test_what_was_returned_stays_as_it_was():
    smoother = Smoother()
    first = smoother.update(0, 0.0, CALM).probabilities
    smoother.update(0, 0.1, GLAD)
    np.testing.assert_array_equal(first, CALM)


@pytest.mark.parametrize("seconds", [-0.1, float("nan"), float("inf")])
def test_time_constant_must_be_seconds(seconds):
    with pytest.raises(SettingsError, match="0 or more") as error:
        Smoother(seconds)
    assert error.value.setting == "smooth"


sequences = st.lists(
    st.tuples(
        st.integers(1, 40).map(lambda n: n / 64),
        st.lists(st.integers(1, 9), min_size=3, max_size=3)
        .map(lambda row: (np.array(row) / sum(row)).astype(np.float32)),
    ),
    max_size=12,
)


def answers(sequence, start=0.0, classes=slice(None)):
    smoother, time, rows = Smoother(), start, []
    for interval, row in sequence:
        time += interval
        smoothed = smoother.update(0, time, row[classes])
        rows.append((*smoothed.probabilities.tolist(), smoothed.shown))
    return rows


@settings(deadline=None, max_examples=50)
@given(sequences, st.integers(-640, 640).map(lambda n: n / 4))
def test_same_again_or_later_gives_the_same(sequence, start):
    assert answers(sequence) == answers(sequence)
    assert answers(sequence, start) == answers(sequence)


@settings(deadline=None, max_examples=50)
@given(sequences)
def test_smoothed_probabilities_lie_within_the_raw_ones(sequence):
    raw = np.array([row for _, row in sequence]).reshape(-1, 3)
    for *row, shown in answers(sequence):
        assert sum(row) == pytest.approx(1, abs=1e-5)
        assert (np.array(row) >= raw.min(axis=0) - 1e-6).all()
        assert (np.array(row) <= raw.max(axis=0) + 1e-6).all()
        assert 0 <= shown < 3
