import itertools
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from mien.classes import FER2013, Vocabulary
from mien.drawing import timeline, timeline_panel, timeline_ribbon
from mien.drawing.timeline import PANELS, WIDTH, TimelineBuilder, write_timeline
from mien.drawing.timeline_axis import Axis
from mien.drawing.timeline_bins import BINS, Bins
from mien.errors import OutputError
from mien.media.events import EXCLUDE, Event
from mien.media.markers import Markers
from mien.outputs.signs import is_earlier_output

make = runpy.run_path(str(Path(__file__).parents[1] / "video_frames.py"))
face, frame = make["face"], make["frame"]

AXIS = Axis(0.0, 10.0, 0.0, 1000.0)


def bins_of(rows, classes=7):
    """The bins of frames, given as time and faces; the last one lasts a tenth of a second."""
    bins = Bins(classes, rows[0][0])
    ends = [*(time for time, _ in rows[1:]), rows[-1][0] + 0.1]
    for (time, faces), end in zip(rows, ends, strict=True):
        bins.add(faces, time, end)
    return bins


def colours(picture):
    """The colours of a picture."""
    return {tuple(pixel) for pixel in picture.reshape(-1, 3).tolist()}


def drawn(frames, vocabulary=FER2013, markers=None, end=None):
    builder = TimelineBuilder(vocabulary, "clip.mp4", markers)
    for item in frames:
        builder.add(item)
    return builder.draw(end)


@pytest.mark.parametrize(
    ("begin", "end", "labels"),
    [
        (0, 10, ["0:00", "0:01", "0:02", "0:03"]),
        (0, 2.4, ["0:00.0", "0:00.5", "0:01.0", "0:01.5", "0:02.0"]),
        (0, 7200, ["0:00", "15:00", "30:00", "45:00", "1:00:00"]),
        (3, 20, ["0:04", "0:06", "0:08"]),
        (0, 0.03, ["0:00.00", "0:00.01", "0:00.02", "0:00.03"]),
        (0, 30 * 86400, ["0:00", "72:00:00"]),
        (5, 5, ["0:05.00"]),
    ],
)
def test_ticks_are_easy_to_count_in(begin, end, labels):
    axis = Axis(begin, end, 100, 1100)
    ticks = list(axis.ticks())
    assert [label for _, label in ticks][: len(labels)] == labels
    places = [x for x, _ in ticks]
    assert all(100 <= x <= 1100.0001 for x in places)
    assert all(b - a >= 99.9 for a, b in itertools.pairwise(places))
    assert 1 <= len(places) <= 11


def test_times_are_where_the_axis_has_them():
    assert [AXIS.x(time) for time in (-1, 0, 2.5, 10, 11)] == [0, 0, 250, 1000, 1000]
    fine = Axis(0, 10, 76, 1076).moved(76, 2)
    assert (fine.left, fine.right, fine.x(5)) == (0, 2000, 1000)


def test_bins_of_a_short_clip_are_its_frames():
    rows = [(number / 30, [face("happy", 0.5 + number / 100)]) for number in range(30)]
    (run,) = bins_of(rows).runs(0)
    assert [item.frames for item in run] == [1] * 30
    assert [item.middle for item in run] == [time for time, _ in rows]
    assert run[9].mean[3] == pytest.approx(0.59)


def test_bins_of_a_long_clip_hold_mean_least_and_largest():
    rows = [(number / 2, [face("happy", 0.5 + 0.4 * (number % 2))]) for number in range(20_000)]
    bins = bins_of(rows)
    (run,) = bins.runs(0)
    assert len(bins.faces[0]) == len(run) <= BINS
    assert sum(item.frames for item in run) == 20_000
    item = run[100]
    assert item.frames in (8, 9)  # of four seconds
    assert (item.low[3], item.high[3]) == (pytest.approx(0.5), pytest.approx(0.9))
    assert item.mean[3] == pytest.approx(0.7, abs=0.05)
    assert sum(one.seconds for one in run) == pytest.approx(9999.6)


def test_a_face_that_is_away_has_two_runs_and_short_absences_of_long_clips_vanish():
    seen = [*range(30), *range(60, 90)]
    rows = [(number / 30, [face()] if number in seen else []) for number in range(90)]
    first, second = bins_of(rows).runs(0)
    assert (first[0].begin, first[-1].end) == (0, 1)
    assert (second[0].begin, second[-1].end) == (2, pytest.approx(89 / 30 + 0.1))
    blinks = [(number / 2, [face()] if number % 50 else []) for number in range(20_000)]
    assert len(bins_of(blinks).runs(0)) < 3


@given(some.lists(some.integers(0, 8), max_size=300))
def test_no_emoji_covers_another(values):
    # Runs of up to 40 columns: classes, 7 for unsure, 8 for nothing.
    shown = np.repeat(np.array([*values, 8]), 1 + np.arange(len(values) + 1) * 7 % 40)
    places = sorted(timeline_ribbon._places(shown, 7))
    assert all(number <= 7 for _, number in places)
    assert all(b - a >= timeline_ribbon.EMOJI for (a, _), (b, _) in itertools.pairwise(places))


def test_each_wide_episode_has_its_emoji_and_short_ones_share_them():
    wide = np.repeat([3, 6, 8, 7], [100, 30, 50, 40])
    assert list(timeline_ribbon._places(wide, 7)) == [(50, 3), (115, 6), (200, 7)]
    short = np.concatenate([np.repeat([3, 8], [100, 400]), np.tile([4, 4, 4, 6], 40)])
    first, *others = timeline_ribbon._places(short, 7)
    assert first == (50, 3)
    assert [number for _, number in others] == [4, 4]
    # A face that is seen for a moment has one too.
    assert [number for _, number in timeline_ribbon._places(np.array([8] * 90 + [2] * 3), 7)] == [2]


def test_the_ribbon_has_the_colour_of_what_is_shown():
    rows = [(0.0, [face("happy")]), (2.0, [face("sad")]), (4.0, []), (6.0, [face(sure=False)])]
    runs = bins_of([*rows, (8.0, [])]).runs(0)
    picture = Image.new("RGB", (1000, timeline_ribbon.HEIGHT), (255, 255, 255))
    timeline_ribbon.draw_ribbon(picture, 0, AXIS, runs, FER2013)
    band = [picture.getpixel((x, timeline_ribbon.HEIGHT - 3)) for x in (100, 300, 500, 700, 900)]
    white = (255, 255, 255)
    happy, sad = FER2013["happy"].colour, FER2013["sad"].colour
    assert band == [happy, sad, white, timeline_ribbon.UNSURE, white]
    # The emoji of the middle of each.
    middle = np.array(picture)[timeline_ribbon.EMOJI // 2]
    assert [bool((middle[x] != 255).any()) for x in (100, 200, 300, 500, 700)] == [
        True, False, True, False, True
    ]  # fmt: skip


def test_a_panel_has_lines_at_their_probabilities_and_gray_where_nothing_is_seen():
    rows = [(number / 10, [face("sad", 0.75)]) for number in range(50)]
    panel = timeline_panel.draw_panel(AXIS, bins_of([*rows, (5.0, [])]).runs(0), FER2013)
    assert panel.shape == (timeline_panel.HEIGHT, 1000, 3)
    y = round(timeline_panel.height_of(0.75))
    assert np.abs(panel[y, 250].astype(int) - FER2013["sad"].colour).max() < 40
    assert tuple(panel[20, 250]) == (255, 255, 255)
    assert tuple(panel[20, 750]) == timeline_panel.UNSEEN
    heights = [timeline_panel.height_of(p) for p in (0, 0.5, 1)]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[1] == heights[1] - heights[2]


def test_pale_lines_have_a_dark_edge():
    pale = [item.name for item in FER2013 if timeline_panel.is_pale(item.colour)]
    assert pale == ["happy"]
    rows = [(number / 10, [face("happy", 0.5)]) for number in range(100)]
    panel = timeline_panel.draw_panel(AXIS, bins_of(rows).runs(0), FER2013)
    y = round(timeline_panel.height_of(0.5))
    column = panel[y - 3 : y + 4, 555].astype(int)
    assert column.sum(1).argmin() != 3
    assert np.abs(column[3] - FER2013["happy"].colour).max() < 30


def test_where_a_clip_has_more_frames_than_columns_a_band_shows_their_range():
    rng = np.random.default_rng(0)
    values = rng.uniform(0.3, 0.9, 9999)
    rows = [(number / 1000, [face("sad", p)]) for number, p in enumerate(values)]
    panel = timeline_panel.draw_panel(AXIS, bins_of(rows).runs(0), FER2013)
    tint = panel[round(timeline_panel.height_of(0.75)), 300:700].astype(int)
    assert (tint[:, 2] > tint[:, 0]).mean() > 0.95  # bluish
    outside = panel[round(timeline_panel.height_of(0.97)), 300:700].astype(int)
    assert (outside[:, 2] == outside[:, 0]).mean() > 0.9


def test_excluded_time_is_hatched_and_markers_are_lines():
    rows = [(number / 10, [face("sad", 0.75)]) for number in range(100)]
    runs = bins_of(rows).runs(0)
    plain = timeline_panel.draw_panel(AXIS, runs, FER2013)
    panel = timeline_panel.draw_panel(AXIS, runs, FER2013, [3.33], [(6.05, 7.0)])
    changed = np.flatnonzero((panel != plain).any((0, 2)))
    assert set(changed.tolist()) == {333, *range(605, 700)}


def test_a_timeline_has_a_panel_for_each_face():
    frames = [frame(number / 10, face(), face("sad", face_id=1)) for number in range(20)]
    one, two = drawn([frame(number / 10, face()) for number in range(20)]), drawn(frames)
    step = two.shape[0] - one.shape[0]
    assert one.shape[1] == two.shape[1] == WIDTH
    assert step > timeline_panel.HEIGHT + timeline_ribbon.HEIGHT
    bottom = two[-step - 60 :]
    assert FER2013["sad"].colour in colours(bottom)
    assert (two[-10:] == 255).all()
    assert (two[:, -10:] == 255).all()
    assert (two[:, :10] == 255).all()


def test_the_faces_that_are_seen_longest_have_panels_and_the_others_are_named(monkeypatch):
    written = []
    write = timeline.write
    monkeypatch.setattr(
        timeline, "write", lambda *args, **rest: (written.append(args[2]), write(*args, **rest))
    )
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
        "The 8 faces that are seen longest have a panel, of 10."
        " Without one: face 1 (0:02), face 0 (0:01)." in written
    )
    assert "0:10, 10 frames, read by mien-s, 10 faces" in written
    assert {"clip.mp4", "100%", "50%", "0%", "0:05"} <= set(written)


def test_markers_and_exclusions_have_lanes():
    frames = [frame(number / 10, face()) for number in range(100)]
    markers = Markers((Event(2, "film"), Event(4, EXCLUDE, 5), Event(70, "later")))
    plain, marked = drawn(frames), drawn(frames, markers=markers)
    assert marked.shape[0] - plain.shape[0] == 2 * 22
    # What is outside of the clip takes no room.
    outside = Markers((Event(-5, "before", -1), Event(70, "later"), Event(80, EXCLUDE, 90)))
    assert (drawn(frames, markers=outside) == plain).all()


def test_excluded_time_does_not_count_in_the_headings(monkeypatch):
    written = []
    monkeypatch.setattr(timeline, "write", lambda *args, **_: written.append(args[2]))
    markers = Markers((Event(4, EXCLUDE, 7),))
    frames = [
        markers.mark(frame(float(number), face("sad" if 4 <= number < 8 else "happy")))
        for number in range(10)
    ]
    drawn(frames, markers=markers)
    assert "seen 0:07 of 0:07, excluded time aside: happy 86%, sad 14%" in written
    drawn([frame(3.0, face(), marker=EXCLUDE)], end=4)
    assert "seen for a moment, or in excluded time alone" in written


def test_a_clip_without_a_face_says_so(monkeypatch):
    assert drawn([frame(0.0), frame(1.0)]).shape == (324, WIDTH, 3)
    assert drawn([]).shape == (324, WIDTH, 3)


def test_one_frame_is_enough():
    picture = drawn([frame(3.0, face("sad"))])
    assert picture.shape[1] == WIDTH
    assert FER2013["sad"].colour in colours(drawn([frame(3.0, face("sad"))], end=4))


def test_own_classes_have_their_colours_and_letters():
    states = Vocabulary.named([f"state {number}" for number in range(30)])
    frames = [
        frame(number / 10, face("state 20", vocabulary=states), vocabulary=states)
        for number in range(20)
    ]
    assert states[20].colour in colours(drawn(frames, states))


def test_the_same_frames_give_the_same_picture():
    frames = [frame(number / 10, face(p=0.2 + number / 40)) for number in range(30)]
    assert (drawn(frames) == drawn(frames)).all()


def test_frames_must_come_in_order_and_with_a_time():
    builder = TimelineBuilder(FER2013, "clip.mp4")
    builder.add(frame(2.0))
    for wrong in (frame(1.0), frame(None)):
        with pytest.raises(ValueError, match="a frame must have a time"):
            builder.add(wrong)


def test_it_is_written_with_a_mark(tmp_path):
    path = tmp_path / "clip.timeline.png"
    picture = drawn([frame(0.0, face()), frame(1.0, face())])
    write_timeline(path, picture)
    with Image.open(path) as image:
        assert (np.array(image) == picture).all()
    assert is_earlier_output(path, "timeline", "png")
    assert not is_earlier_output(path, "sheet", "png")
    with pytest.raises(OutputError, match=r"Cannot write .*none"):
        write_timeline(tmp_path / "none" / "x.png", picture)
