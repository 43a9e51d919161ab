import json
import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mien.classes import FER2013, Vocabulary
from mien.errors import OutputError
from mien.media.summary import SCHEMA, Episode, Transition, write_summary
from mien.media.summary_builder import SummaryBuilder
from mien.outputs.signs import is_earlier_output

make = runpy.run_path(str(Path(__file__).parents[1] / "video_frames.py"))
face, frame = make["face"], make["frame"]


def summary(frames, end=None, vocabulary=FER2013):
    builder = SummaryBuilder("clip.mp4", "mien-s", vocabulary)
    for item in frames:
        builder.add(item)
    return builder.result(end)


def times_of(face_summary):
    """Seconds of each expression that was shown."""
    return {item.expression: item.seconds for item in face_summary.expressions if item.seconds}


# Of variable rate: the frames last 1, 0.5, 0.25, 0.25, 2 and (as the one before) 2 seconds.
FRAMES = [
    frame(10.0, face("happy", 0.8)),
    frame(11.0, face("happy", 0.95)),
    frame(11.5, face("sad", 0.7), face("fear", face_id=4)),
    frame(11.75, face("sad", 0.4, sure=False)),
    frame(12.0),
    frame(14.0, face("happy", 0.9)),
]


def test_time_is_weighted_by_the_stamps():
    result = summary(FRAMES)
    assert (result.frames, result.frames_with_face) == (6, 5)
    assert (result.begin, result.end, result.seconds) == (10, 16, 6)
    first, second = result.faces
    assert (first.face_id, first.first_seen, first.last_seen, first.frames) == (0, 10, 16, 5)
    assert first.seconds == 4
    assert times_of(first) == {"happy": 3.5, "sad": 0.25}
    assert (first.unsure_seconds, first.unsure_share) == (0.25, 0.0625)
    happy = first.expressions[FER2013.index("happy")]
    assert (happy.expression, happy.share) == ("happy", 0.875)
    rest = 0.3 / 6 * 0.25 + 0.6 / 6 * 0.25
    mean = (0.8 * 1 + 0.95 * 0.5 + 0.9 * 2 + rest) / 4
    assert happy.mean_probability == pytest.approx(mean, abs=1e-6)
    assert (second.face_id, second.seconds, times_of(second)) == (4, 0.25, {"fear": 0.25})


def test_episodes_end_with_another_expression_unsure_time_or_a_gap():
    first, _ = summary(FRAMES).faces
    happy, sad, again = first.episodes
    assert happy == Episode("happy", 10, 11.5, pytest.approx(0.85), pytest.approx(0.95), 11)
    assert (sad.expression, sad.begin, sad.end, sad.seconds) == ("sad", 11.5, 11.75, 0.25)
    assert (again.begin, again.end) == (14, 16)


def test_transitions_skip_unsure_time_but_no_gap():
    shown = [("happy", True), ("sad", True), ("sad", False), ("happy", True), ("sad", True)]
    frames = [
        frame(number, face(name, sure=sure)) for number, (name, sure) in enumerate(shown)
    ]
    gap = [frame(5), frame(6, face("neutral"))]
    (first,) = summary([*frames, *gap]).faces
    assert first.transitions == (Transition("happy", "sad", 2), Transition("sad", "happy", 1))


def test_equally_frequent_transitions_are_in_the_order_of_the_classes():
    shown = ["neutral", "sad", "angry", "happy", "angry", "sad"]
    (first,) = summary([frame(number, face(name)) for number, name in enumerate(shown)]).faces
    assert [(item.before, item.after) for item in first.transitions] == [
        ("angry", "happy"), ("angry", "sad"), ("happy", "angry"), ("sad", "angry"),
        ("neutral", "sad"),
    ]  # fmt: skip


def test_the_peak_is_at_the_first_of_equal_maxima():
    frames = [frame(time, face("sad", p)) for time, p in ((0, 0.5), (1, 0.9), (3, 0.9))]
    (episode,) = summary(frames).faces[0].episodes
    assert (episode.peak_time, episode.end) == (1, 5)
    assert episode.mean_confidence == pytest.approx((0.5 + 0.9 * 4) / 5)


def test_faces_are_in_the_order_of_their_numbers():
    result = summary([frame(0, face(face_id=7), face(face_id=2)), frame(1, face(face_id=5))])
    assert [item.face_id for item in result.faces] == [2, 5, 7]


def test_of_two_faces_one_may_leave_and_come_back_in_excluded_time():
    frames = [
        frame(0, face("happy"), face("sad", face_id=1)),
        frame(1, face("happy")),
        frame(1.5, face("happy"), face("sad", face_id=1), marker="exclude"),
        frame(1.75, face("happy"), marker="exclude"),
        frame(2, face("fear"), face("sad", face_id=1)),
    ]
    first, second = summary(frames, end=2.5).faces
    assert (first.seconds, first.frames, first.first_seen, first.last_seen) == (2, 3, 0, 2.5)
    assert (second.seconds, second.frames, second.last_seen) == (1.5, 2, 2.5)
    assert [(item.begin, item.end) for item in first.episodes] == [(0, 1.5), (2, 2.5)]
    assert [(item.begin, item.end) for item in second.episodes] == [(0, 1), (2, 2.5)]
    assert first.transitions == ()


def test_the_end_may_be_given():
    assert summary(FRAMES, end=14.5).faces[0].seconds == 2.5
    assert summary(FRAMES, end=3).end == 14
    (only,) = summary([frame(1, face())]).faces
    assert (only.seconds, only.episodes[0].mean_confidence) == (0, pytest.approx(0.9))
    assert summary([frame(1, face())], end=1.5).faces[0].seconds == 0.5


def test_excluded_frames_are_left_out_and_counted():
    frames = [
        frame(0, face("happy"), marker="a"),
        frame(1, face("sad"), marker="exclude"),
        frame(3, face("happy"), marker="a"),
    ]
    result = summary(frames, end=4)
    assert (result.excluded_frames, result.excluded_seconds, result.seconds) == (1, 2, 4)
    (first,) = result.faces
    assert (first.seconds, times_of(first), first.transitions) == (2, {"happy": 2}, ())
    assert [(item.begin, item.end) for item in first.episodes] == [(0, 1), (3, 4)]
    assert [(item.marker, item.seconds) for item in result.markers] == [("a", 2)]


def test_each_marker_has_the_same_numbers_of_its_own():
    frames = [
        frame(0, face("neutral")),
        frame(1, face("happy"), marker="film"),
        frame(2, face("happy"), face("sad", face_id=1), marker="film"),
        frame(3, face("happy")),
        frame(4, face("happy"), marker="film"),
    ]
    none, film = summary(frames, end=6).markers
    assert (none.marker, none.frames, none.seconds) == (None, 2, 2)
    assert (film.marker, film.frames, film.seconds) == ("film", 3, 4)
    assert times_of(none.faces[0]) == {"neutral": 1, "happy": 1}
    assert [item.face_id for item in film.faces] == [0, 1]
    assert [(item.begin, item.end) for item in film.faces[0].episodes] == [(1, 3), (4, 6)]
    # Without events there is nothing to tell apart.
    assert summary(FRAMES).markers == ()


@given(
    some.lists(
        some.tuples(
            some.integers(0, 5),
            some.lists(some.sampled_from(FER2013.names), max_size=2),
            some.booleans(),
            some.sampled_from([None, "a", "exclude"]),
        ),
        max_size=20,
    )
)
def test_times_add_up(rows):
    time, frames = 0.0, []
    for step, names, sure, marker in rows:
        time += step / 4
        faces = [face(name, sure=sure, face_id=number) for number, name in enumerate(names)]
        frames.append(frame(time, *faces, marker=marker))
    result = summary(frames, end=time + 1)
    parts = sum(marker.seconds for marker in result.markers)
    if result.markers:
        assert parts + result.excluded_seconds == result.seconds
    for one in result.faces:
        shown = sum(item.seconds for item in one.expressions)
        assert shown + one.unsure_seconds == one.seconds <= result.seconds
        assert sum(item.seconds for item in one.episodes) == shown
        if one.seconds:
            share = sum(item.share for item in one.expressions) + one.unsure_share
            assert share == pytest.approx(1)
            assert sum(item.mean_probability for item in one.expressions) == pytest.approx(1)


def test_it_takes_no_more_memory_for_more_frames():
    builder = SummaryBuilder("clip.mp4", "mien-s", FER2013)
    for number in range(500):
        builder.add(frame(number / 25, face("happy")))
    assert len(builder._times) == 3
    (one,) = builder.result().faces
    assert one.frames == 500
    assert len(one.episodes) == 1


def test_own_classes_are_counted_by_their_names():
    states = Vocabulary.named(["awake", "tired"])
    frames = [
        frame(0, face("tired", vocabulary=states), vocabulary=states),
        frame(1, face("awake", vocabulary=states), vocabulary=states),
    ]
    result = summary(frames, vocabulary=states)
    assert times_of(result.faces[0]) == {"awake": 1, "tired": 1}
    assert result.to_dict()["classes"] == ["awake", "tired"]


def test_a_clip_without_a_frame_or_a_face_has_a_summary():
    assert summary([]).to_dict()["frames"] == 0
    bare = summary([frame(0), frame(1)])
    assert (bare.seconds, bare.faces, bare.frames_with_face) == (2, (), 0)


def test_frames_must_come_in_order_and_with_a_time():
    builder = SummaryBuilder("clip.mp4", "mien-s", FER2013)
    builder.add(frame(2))
    for wrong in (frame(1), frame(None)):
        with pytest.raises(ValueError, match="a frame must have a time"):
            builder.add(wrong)
    assert builder.result() == builder.result()
    with pytest.raises(ValueError, match="the summary is complete"):
        builder.add(frame(3))


def test_it_is_written_as_json(tmp_path):
    path = tmp_path / "clip.summary.json"
    write_summary(path, summary(FRAMES))
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["schema"] == SCHEMA == "mien-clip-summary/1"
    assert list(content) == [
        "schema", "source", "network", "classes", "frames", "frames_with_face", "begin", "end",
        "seconds", "excluded_frames", "excluded_seconds", "faces", "markers",
    ]  # fmt: skip
    first = content["faces"][0]
    assert first["expressions"][3] == {
        "expression": "happy", "seconds": 3.5, "share": 0.875, "mean_probability": 0.7781
    }  # fmt: skip
    assert first["transitions"] == [{"from": "happy", "to": "sad", "count": 1}]
    assert first["episodes"][0] == {
        "expression": "happy", "begin": 10.0, "end": 11.5, "seconds": 1.5,
        "mean_confidence": 0.85, "peak_confidence": 0.95, "peak_time": 11.0,
    }  # fmt: skip
    assert is_earlier_output(path, "summary", "json")
    assert not is_earlier_output(path, "pictures", "json")
    with pytest.raises(OutputError, match=r"Cannot write .*none"):
        write_summary(tmp_path / "none" / "x.json", summary(FRAMES))
