import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.errors import SettingsError
from mien.perception.detector import Detection
from mien.perception.tracks import Tracker

LANDMARKS = np.zeros((5, 2), np.float32)


def face(x, y=100.0, size=80.0, score=0.9):
    return Detection((float(x), float(y), float(size), float(size)), LANDMARKS, score)


def looks(*rows):
    """Return looks of length 1."""
    array = np.array(rows, np.float32)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


def run(tracker, frames, rate=32, start=0.0):
    """Return the numbers of each frame's detections."""
    return [tracker.update(start + step / rate, one) for step, one in enumerate(frames)]


def test_ids_begin_at_0_from_left_to_right():
    assert Tracker().update(0.0, [face(400), face(100), face(250)]) == [2, 0, 1]


def test_moving_faces_keep_their_ids():
    frames = [[face(100 + 5 * step), face(400 - 3 * step)] for step in range(30)]
    assert run(Tracker(), frames) == [[0, 1]] * 30


@pytest.mark.parametrize("rate", [8, 16, 64])
def test_faces_that_cross_keep_their_ids_at_any_rate(rate):
    # 200 pixels a second each; while they overlap much, only the one in front is seen.
    times = [step / rate for step in range(2 * rate + 1)]
    tracker = Tracker()
    for time in times:
        behind, front = 100 + 200 * time, 500 - 200 * time
        numbers = tracker.update(
            time, [face(front)] + ([face(behind, 110)] if abs(front - behind) > 50 else [])
        )
        assert numbers[0] == 1
        assert numbers[1:] in ([0], [])
    assert numbers == [1, 0]


@pytest.mark.parametrize("gap, number", [(0.5, 0), (2.0, 0), (2.25, 1)])
def test_hidden_face_is_remembered_for_two_seconds(gap, number):
    tracker = Tracker()
    run(tracker, [[face(100)]] * 32)
    hidden = round(gap * 32)
    run(tracker, [[]] * hidden, start=1.0)
    assert tracker.update(1.0 + gap, [face(110)]) == [number]


def test_time_without_any_frame_counts_too():
    tracker = Tracker(remember=2.0)
    tracker.update(0.0, [face(100)])
    assert tracker.update(2.0, [face(100)]) == [0]
    assert tracker.update(4.5, [face(100)]) == [1]


def test_nothing_is_remembered_for_0_seconds():
    tracker = Tracker(remember=0.0)
    tracker.update(0.0, [face(100)])
    tracker.update(0.25, [])
    assert tracker.update(0.5, [face(100)]) == [1]


def test_cut_ends_all_tracks_but_ids_go_on():
    tracker = Tracker()
    tracker.update(0.0, [face(100), face(300)])
    tracker.cut()
    assert tracker.update(0.1, [face(100)]) == [2]


def test_low_score_continues_a_track_but_begins_none():
    tracker = Tracker()
    assert tracker.update(0.0, [face(100), face(300, score=0.4)]) == [0, None]
    assert tracker.update(0.1, [face(104, score=0.3), face(300, score=0.4)]) == [0, None]


def test_detection_with_a_high_score_is_preferred_to_a_nearer_one_with_a_low_score():
    tracker = Tracker()
    tracker.update(0.0, [face(100)])
    assert tracker.update(0.1, [face(100, score=0.3), face(120)]) == [None, 0]


def test_part_of_a_face_with_a_low_score_is_not_the_face():
    tracker = Tracker()
    tracker.update(0.0, [face(100)])
    assert tracker.update(0.1, [face(110, 110, size=40, score=0.3)]) == [None]
    assert tracker.update(0.2, [face(100)]) == [0]


def test_low_scores_keep_a_track_for_as_long_as_it_would_be_remembered():
    tracker = Tracker(remember=1.0)
    tracker.update(0.0, [face(100)])
    numbers = [tracker.update(time / 4, [face(100, score=0.4)])[0] for time in range(1, 13)]
    assert numbers == [0] * 4 + [None] * 8


def test_lost_face_does_not_go_on_with_a_low_score():
    tracker = Tracker()
    tracker.update(0.0, [face(100)])
    tracker.update(0.1, [])
    assert tracker.update(0.2, [face(100, score=0.5)]) == [None]
    assert tracker.update(0.3, [face(100)]) == [0]


def test_minimum_score_is_the_readers():
    assert Tracker(min_score=0.4).update(0.0, [face(100, score=0.45)]) == [0]


def test_somebody_else_at_the_same_place_is_new():
    tracker = Tracker()
    tracker.update(0.0, [face(100)], looks([1, 0, 0]))
    assert tracker.update(0.1, [face(100)], looks([1, 0.3, 0])) == [0]
    assert tracker.update(0.2, [face(100)], looks([0, 1, 0])) == [1]


def test_known_face_comes_back_elsewhere_only_in_time():
    for gap, number in ((1.0, 0), (2.5, 1)):
        tracker = Tracker()
        tracker.update(0.0, [face(0)], looks([1, 0, 0]))
        tracker.update(0.1, [])
        assert tracker.update(0.1 + gap, [face(550)], looks([1, 0.05, 0])) == [number]


def test_looks_decide_between_two_places_that_fit():
    tracker = Tracker()
    tracker.update(0.0, [face(100), face(180)], looks([1, 0, 0], [1, 0.5, 0]))
    both = looks([1, 0.5, 0], [1, 0, 0])
    assert tracker.update(0.5, [face(138), face(142)], both) == [1, 0]


def test_unknown_looks_are_neither_alike_nor_different():
    tracker = Tracker()
    tracker.update(0.0, [face(100)], np.zeros((1, 3), np.float32))
    assert tracker.update(0.1, [face(100)], looks([1, 0, 0])) == [0]
    assert tracker.update(0.2, [face(100)], np.zeros((1, 3), np.float32)) == [0]


def test_false_detection_takes_nobodys_id():
    tracker = Tracker()
    run(tracker, [[face(100)]] * 10)
    assert tracker.update(0.4, [face(100), face(400)]) == [0, 1]
    assert tracker.update(0.5, [face(100)]) == [0]


def test_time_that_goes_back_counts_as_the_same():
    tracker = Tracker()
    tracker.update(100.0, [face(100)])
    assert tracker.update(0.0, [face(102)]) == [0]
    assert tracker.update(0.1, [face(104)]) == [0]
    tracker.update(0.2, [])
    assert tracker.update(2.5, [face(104)]) == [1]


@pytest.mark.parametrize("remember", [-1.0, float("nan"), float("inf")])
def test_remember_must_be_seconds(remember):
    with pytest.raises(SettingsError, match="Expected seconds from 0") as error:
        Tracker(remember)
    assert error.value.setting == "remember"


boxes = st.tuples(st.integers(0, 600), st.integers(0, 400), st.integers(20, 200))
detections = st.lists(
    st.tuples(boxes, st.sampled_from([0.3, 0.6, 0.8, 0.95])),
    max_size=5,
    unique_by=lambda one: one[0],
).map(lambda rows: [face(x, y, size, score) for (x, y, size), score in rows])
clips = st.lists(
    st.tuples(st.integers(1, 64).map(lambda n: n / 32), detections, st.booleans()), max_size=8
)


def numbers_of(clip, shift=0.0, order=lambda row: row):
    """Track a clip of intervals, detections and cuts; the order of detections may be changed."""
    tracker, time, answers = Tracker(), shift, []
    for interval, row, cut in clip:
        time += interval
        if cut:
            tracker.cut()
        answers.append(tracker.update(time, order(row), some_looks(order(row))))
    return answers


def some_looks(row):
    """Return looks that depend on the box, so that they go with a detection."""
    rows = [[1, one.box[0] / 600, one.box[1] / 400] for one in row]
    return looks(*rows) if rows else np.zeros((0, 3), np.float32)


@settings(deadline=None, max_examples=40)
@given(clips)
def test_no_id_occurs_twice_in_a_frame_and_low_scores_begin_none(clip):
    known = set()
    for (_, row, _), numbers in zip(clip, numbers_of(clip), strict=True):
        given_out = [number for number in numbers if number is not None]
        assert len(set(given_out)) == len(given_out)
        for one, number in zip(row, numbers, strict=True):
            assert number is not None or one.score < 0.7
            assert number is None or number in known or one.score >= 0.7
        known.update(given_out)
    assert known == set(range(len(known)))


@settings(deadline=None, max_examples=40)
@given(clips)
def test_ids_do_not_depend_on_the_order_of_detections(clip):
    numbers = numbers_of(clip)
    assert [row[::-1] for row in numbers_of(clip, order=lambda row: row[::-1])] == numbers


@settings(deadline=None, max_examples=40)
@given(clips, st.integers(-64, 6400).map(lambda n: n / 4))
def test_ids_do_not_depend_on_when_the_clip_begins(clip, shift):
    assert numbers_of(clip, shift) == numbers_of(clip)


@settings(deadline=None, max_examples=40)
@given(clips)
def test_the_same_again_gives_the_same(clip):
    assert numbers_of(clip) == numbers_of(clip)
