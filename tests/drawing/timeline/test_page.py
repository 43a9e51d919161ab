from mien.drawing.timeline.page import PANELS
from mien.media.events import EXCLUDE, Event
from mien.media.markers import Markers


def test_the_faces_that_are_seen_longest_have_panels_and_the_others_are_named(
    face, frame, drawn, written
):
    # Face 0 is seen in 1 frame, face 1 in 2, and so on.
    frames = [
        frame(float(number), *(face(face_id=one) for one in range(10) if number <= one))
        for number in range(10)
    ]
    drawn(frames)
    faces = [text for text in written if text.startswith("Face ")]
    assert faces == [f"Face {number}" for number in range(10 - PANELS, 10)]
    assert "seen 0:10 of 0:10: happy 100%" in written
    assert (
        "Of 10 faces, the 8 that are seen longest have a panel."
        " The others: face 1 (0:02), face 0 (0:01)." in written
    )
    assert "0:10, 10 frames, read by mien-s, 10 faces" in written
    assert {"clip.mp4", "100%", "50%", "0%", "0:05"} <= set(written)


def test_markers_and_exclusions_have_lanes(face, frame, drawn):
    frames = [frame(number / 10, face()) for number in range(100)]
    markers = Markers((Event(2, "film"), Event(4, EXCLUDE, 5), Event(70, "later")))
    plain, marked = drawn(frames), drawn(frames, markers=markers)
    assert marked.shape[0] - plain.shape[0] == 2 * 22
    # What is outside of the clip takes no room.
    outside = Markers((Event(-5, "before", -1), Event(70, "later"), Event(80, EXCLUDE, 90)))
    assert (drawn(frames, markers=outside) == plain).all()


def test_markers_that_are_too_short_for_their_labels_are_counted(face, frame, drawn, written):
    frames = [frame(number / 10, face()) for number in range(100)]
    trials = tuple(Event(1 + number / 5, f"trial {number}") for number in range(40))
    drawn(frames, markers=Markers((*trials, Event(9.5, "rest"))))
    # The last one lasts until the rest.
    assert "39 markers are too short for their labels." in written
    drawn(frames, markers=Markers((Event(1, "trial 1", 1.2), Event(2, "a long name " * 30))))
    assert "1 marker is too short for its label." in written
    written.clear()
    drawn(frames, markers=Markers((Event(1, "trial 1"), Event(2, "a long name " * 30, 3))))
    assert not any("too short" in text for text in written)


def test_the_headings_are_the_summary_without_excluded_time(face, frame, drawn, written):
    # Of variable rate: happy for 3 seconds, unsure for 1, sad for 1, then in excluded time.
    frames = [
        frame(0.0, face("happy")), frame(3.0, face(sure=False), face("fear", face_id=1)),
        frame(4.0, face("sad")), frame(5.0, face("angry"), face("angry", face_id=2)), frame(7.0),
    ]  # fmt: skip
    drawn(frames, markers=Markers((Event(5, EXCLUDE, 7),)), end=8)
    aside = "(excluded time not counted)"
    assert f"seen 0:05 of 0:06 {aside}: happy 60%, sad 20%, unsure 20%" in written
    assert f"seen 0:01 of 0:06 {aside}: fear 100%" in written
    assert "seen only in excluded time" in written
    drawn([frame(3.0, face())], end=3.04)
    assert "seen 0:00.04 of 0:00.04: happy 100%" in written
    drawn([frame(3.0, face())])
    assert "seen for an instant" in written


def test_times_before_the_beginning_have_a_minus_sign(face, frame, drawn, written):
    drawn([frame(-2.5, face()), frame(6.0, face())], end=7.5)
    assert [text for text in written if text.lstrip("-").startswith("0:0")] == [
        "-0:02", "-0:01", *(f"0:0{number}" for number in range(8))
    ]  # fmt: skip
