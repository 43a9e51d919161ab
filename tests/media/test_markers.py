import itertools
import math
import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mien.errors import SettingsError
from mien.media.events import EXCLUDE, Event
from mien.media.markers import Markers

make = runpy.run_path(str(Path(__file__).parents[1] / "video_frames.py"))


@pytest.mark.parametrize(
    ("time", "label"),
    [(0, None), (1.999, None), (2, "a"), (4.9, "a"), (5, "b"), (6, None), (7, "c"), (9, "d"),
     (9.9, "d"), (10, "c"), (12, None)],
)  # fmt: skip
def test_the_label_is_that_of_the_last_event_that_still_lasts(time, label):
    markers = Markers(
        (Event(2, "a"), Event(5, "b", 6), Event(7, "c", 12), Event(9, "d", 10))
    )
    assert markers.label_at(time) == label
    assert markers.ranges() == [
        (2, 5, "a"), (5, 6, "b"), (7, 9, "c"), (9, 10, "d"), (10, 12, "c")
    ]  # fmt: skip


def test_the_last_event_without_an_end_lasts_for_ever():
    markers = Markers((Event(2, "a"), Event(5, "b")))
    assert markers.label_at(1e9) == "b"
    assert markers.ranges() == [(2, 5, "a"), (5, math.inf, "b")]
    assert Markers().label_at(3) is None
    assert Markers().ranges() == Markers().excluded_ranges() == []


@given(
    some.lists(
        some.tuples(
            some.integers(0, 20), some.sampled_from("abc"), some.none() | some.integers(1, 9)
        ),
        max_size=8,
        unique_by=lambda event: event[0],
    ),
    some.integers(0, 30),
)
def test_labels_are_as_the_rule_says(rows, time):
    events = [Event(at, label, last and at + last) for at, label, last in sorted(rows)]
    none_after = Event(math.inf, "")
    lasting = [
        event.label
        for event, after in itertools.pairwise([*events, none_after])
        if event.time <= time < (after.time if event.end is None else event.end)
    ]
    assert Markers(tuple(events)).label_at(time) == (lasting[-1] if lasting else None)


def test_excluded_time_interrupts_a_stimulus():
    markers = Markers((Event(2, "a"), Event(4, EXCLUDE, 6), Event(9, "Exclude"), Event(10, "b")))
    times = [1, 3, 4, 5.9, 6, 8, 9, 10]
    labels = [None, "a", EXCLUDE, EXCLUDE, "a", "a", EXCLUDE, "b"]
    assert [markers.label_at(time) for time in times] == labels
    assert [markers.excluded(time) for time in times] == [label == EXCLUDE for label in labels]
    assert markers.excluded_ranges() == [(4, 6), (9, 10)]
    assert markers.ranges() == [(2, 10, "a"), (10, math.inf, "b")]


def test_an_exclusion_without_an_end_lasts_until_the_next_stimulus():
    markers = Markers((Event(1, EXCLUDE), Event(3, "a"), Event(5, EXCLUDE), Event(6, EXCLUDE, 7)))
    assert markers.excluded_ranges() == [(1, 3), (5, math.inf)]
    assert markers.ranges() == [(3, math.inf, "a")]


def test_a_further_range_never_excludes_less(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("time,label\n2,exclude\n9,a\n")
    assert Markers.of(path).excluded_ranges() == [(2, 9)]
    assert Markers.of(path, ["4-5"]).excluded_ranges() == [(2, 9)]


def test_excluded_ranges_that_overlap_touch_or_enclose_are_one():
    markers = Markers.of(None, ["1-2", "1.5-3", "3-4", "6-9", "7-8", "6-6.5", "10-11"])
    assert markers.excluded_ranges() == [(1, 4), (6, 9), (10, 11)]
    assert [markers.excluded(time) for time in (0.9, 1, 3, 4, 8.5, 9)] == [
        False, True, True, False, True, False
    ]  # fmt: skip


def test_ranges_of_the_settings_are_excluded_from_all_clips(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("time,label,source\n1,a,one.mp4\n1,a,one.mp4\n")
    markers = Markers.of(path, ["0:03-0:04", "2-2.5"])
    assert markers.warnings == (f"{path} has 1 event twice; the repetitions are left out.",)
    assert [event.time for event in markers.events] == [1, 2, 3]
    assert markers.for_clip("two.mp4").excluded_ranges() == [(2, 2.5), (3, 4)]
    assert markers.for_clip("one.mp4").label_at(1) == "a"
    assert Markers.of() == Markers()
    with pytest.raises(SettingsError, match="got 'later'"):
        Markers.of(None, ["later"])


@pytest.mark.parametrize(
    ("named", "source", "same"),
    [
        ("a.mp4", "a.mp4", True), ("a.mp4", "clips/a.mp4", True), ("a", "clips/a.mp4", True),
        ("clips/a", "/x/clips/a.mp4", True), ("a.mp4", "b.mp4", False), ("a.mp4", "ba.mp4", False),
        ("other/a.mp4", "clips/a.mp4", False), ("camera:0", "camera:0", True),
    ],
)  # fmt: skip
def test_a_clip_is_named_by_path_name_or_stem(named, source, same):
    markers = Markers((Event(1, "a", source=named), Event(2, "b")))
    assert [event.label for event in markers.for_clip(source).events] == ["a", "b"][not same :]
    assert (markers.unmatched([source]) is None) == same


def test_events_of_no_clip_are_told():
    markers = Markers((Event(1, "a", source="x.mp4"), Event(2, "b", source="y"), Event(3, "c")))
    assert markers.unmatched(["a.mp4", "y.mp4"]) == (
        "1 event in the list of markers names no clip of this run: x.mp4."
    )
    assert markers.unmatched([]) == (
        "2 events in the list of markers name no clip of this run: x.mp4, y."
    )


def test_events_outside_of_the_clip_are_told():
    markers = Markers((Event(1, "a", 2), Event(3, "b"), Event(10, "c"), Event(61.5, "d")))
    assert markers.outside(0, 70) is None
    assert markers.outside(3, 60) == (
        "2 markers lie outside of the clip, which lasts from 0:03 to 1:00:"
        " 'a' at 0:01, 'd' at 1:01.5."
    )
    # An event may begin when the last frame ends, but must end after the first one begins.
    assert markers.outside(1.9, 61.5) is None
    assert (markers.outside(2, 61.5) or "").endswith("from 0:02 to 1:01.5: 'a' at 0:01.")
    many = Markers(tuple(Event(100 + number, "x") for number in range(5)))
    assert (many.outside(0, 9) or "").endswith("'x' at 1:40, 'x' at 1:41, 'x' at 1:42 and 2 more.")


def test_frames_are_marked_and_photos_are_not():
    markers = Markers((Event(1, "a"),))
    frame = make["frame"](1.5)
    assert markers.mark(frame).marker == "a"
    assert markers.mark(make["frame"](0.5)).marker is None
    photo = make["frame"](None)
    assert markers.mark(photo) is photo
    assert Markers().mark(frame) is frame
