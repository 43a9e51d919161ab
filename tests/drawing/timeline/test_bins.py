import pytest

from mien.drawing.timeline.bins import BINS


def test_bins_of_a_short_clip_are_its_frames(face, bins_of):
    rows = [(number / 30, [face("happy", 0.5 + number / 100)]) for number in range(30)]
    (run,) = bins_of(rows).runs(0)
    assert [item.frames for item in run] == [1] * 30
    assert [item.middle for item in run] == [time for time, _ in rows]
    assert run[9].mean[3] == pytest.approx(0.59)


def test_bins_of_a_long_clip_hold_mean_least_and_largest(face, bins_of):
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


def test_a_face_that_is_away_has_two_runs_and_short_absences_of_long_clips_vanish(face, bins_of):
    seen = [*range(30), *range(60, 90)]
    rows = [(number / 30, [face()] if number in seen else []) for number in range(90)]
    first, second = bins_of(rows).runs(0)
    assert (first[0].begin, first[-1].end) == (0, 1)
    assert (second[0].begin, second[-1].end) == (2, pytest.approx(89 / 30 + 0.1))
    blinks = [(number / 2, [face()] if number % 50 else []) for number in range(20_000)]
    assert len(bins_of(blinks).runs(0)) < 3


def test_a_clip_that_begins_late_has_bins_as_fine_as_one_that_begins_at_0(bins_of, face):
    rows = [(3600 + number / 30, [face()]) for number in range(100)]
    (run,) = bins_of(rows).runs(0)
    assert [item.frames for item in run] == [1] * 100
    assert run[0].begin == 3600
