from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from mien.video.stamps import Stamps

Ticks = int | None


def times(stamps: Stamps, ticks: list[tuple[Ticks, Ticks]]) -> list[float]:
    """Return the times of frames that have stamps of being shown and decoded, in ms."""
    frames: list[Any] = [
        SimpleNamespace(pts=shown, dts=decoded, time_base=Fraction(1, 1000))
        for shown, decoded in ticks
    ]
    return [stamps.time_of(frame) for frame in frames]


def test_a_frame_has_the_time_at_which_it_is_shown() -> None:
    assert times(Stamps(25), [(40, -40), (90, 0), (1000, 40)]) == [0.04, 0.09, 1.0]


def test_a_frame_without_that_has_the_time_at_which_it_was_decoded() -> None:
    assert times(Stamps(25), [(None, 0), (None, 50), (120, 120)]) == [0.0, 0.05, 0.12]


def test_times_that_go_back_are_not_trusted() -> None:
    ticks: list[tuple[Ticks, Ticks]] = [(0, 0), (120, 40), (40, 80), (80, 120), (240, 160)]
    assert times(Stamps(25), ticks) == [0.0, 0.12, 0.08, 0.12, 0.16]


def test_frames_without_a_stamp_follow_at_the_mean_distance() -> None:
    stamps = Stamps(20)
    assert times(stamps, [(None, None), (None, None), (300, None), (None, None)]) == (
        pytest.approx([0.0, 0.05, 0.3, 0.35])
    )
    assert stamps.last == pytest.approx(0.35)


def test_a_clip_without_a_rate_has_the_usual_one() -> None:
    assert times(Stamps(None), [(0, 0), (None, None)]) == pytest.approx([0.0, 0.04])


def test_what_avi_says_of_when_frames_are_shown_is_a_guess() -> None:
    stamps = Stamps(25, only_decoded=True)
    ticks: list[tuple[Ticks, Ticks]] = [(0, 40), (160, 80), (80, 120), (30, None)]
    assert times(stamps, ticks) == pytest.approx([0.04, 0.08, 0.12, 0.16])
