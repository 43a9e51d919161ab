"""Which frames are searched as a whole, and a clock that only goes forward."""

import numpy as np
import pytest

from mien.perception.cuts import CutDetector
from mien.perception.schedule import Clock, Schedule

PLAIN = np.full((48, 64, 3), 90, np.uint8)


def searched(stamps: list[float], every: int = 5) -> list[int]:
    schedule = Schedule(every)
    return [place for place, stamp in enumerate(stamps) if schedule.plan(PLAIN, stamp).full]


@pytest.mark.parametrize(
    ("rate", "every", "expected"),
    [
        (30, 5, [0, 5, 10, 15, 20]),
        (60, 5, [0, 5, 10, 15, 20]),
        (24, 5, [0, 5, 10, 15, 20]),
        (23, 5, [0, 4, 8, 12, 16, 20]),  # five frames would be 0.217 s
        (10, 5, list(range(0, 24, 2))),
        (4, 5, list(range(24))),
        (30, 1, list(range(24))),
        (30, 3, list(range(0, 24, 3))),
    ],
)
def test_searches_are_at_most_five_frames_and_a_fifth_of_a_second_apart(
    rate: int, every: int, expected: list[int]
) -> None:
    assert searched([10 + number / rate for number in range(24)], every) == expected


def test_a_frame_after_a_gap_is_searched() -> None:
    assert searched([0.0, 0.03, 0.06, 1.5, 1.53, 1.56]) == [0, 3]


def test_the_first_frame_of_a_new_shot_is_searched_and_counts_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CutDetector, "is_cut", lambda _, image: bool(image[0, 0, 0] == 0))
    schedule = Schedule()
    images = [PLAIN * (number != 7) for number in range(13)]
    plans = [schedule.plan(image, number / 30) for number, image in enumerate(images)]
    assert [number for number, plan in enumerate(plans) if plan.cut] == [7]
    assert [number for number, plan in enumerate(plans) if plan.full] == [0, 5, 7, 12]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([1.0, 1.1, 1.3], [1.0, 1.1, 1.3]),
        ([0.0, 0.1, 0.1, 0.1, 0.2], [0.0, 0.1, 0.2, 0.3, 0.4]),  # repeated
        ([5.0, 5.1, 0.0, 0.1], [5.0, 5.1, 5.2, 5.3]),  # begins again
        ([3.0, 3.0], [3.0, 3.0 + 1 / 30]),
    ],
)
def test_a_stamp_that_is_not_later_counts_as_the_last_step(
    stamps: list[float], expected: list[float]
) -> None:
    clock = Clock()
    assert [clock.at(stamp) for stamp in stamps] == pytest.approx(expected)
