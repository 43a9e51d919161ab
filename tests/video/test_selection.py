import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.errors import SettingsError
from mien.video.selection import Selection


def taken(selection: Selection, times: list[float], first: int = 0) -> list[int]:
    """Return the numbers of the frames that are taken; those from `first` on are given."""
    numbers = [index for index in range(len(times)) if selection.counts(index)]
    before = {number: times[last] for last, number in itertools.pairwise(numbers)}
    return [
        index
        for index in numbers
        if index >= first and selection.takes(times[index], before.get(index, -math.inf))
    ]


TENTHS = [number / 10 for number in range(21)]

# settings, frames taken of 21 that are 0.1 s apart
CASES = [
    ({}, [*range(21)]),
    ({"every": 5}, [0, 5, 10, 15, 20]),
    ({"start": 1.0}, [*range(10, 21)]),
    ({"end": 0.3}, [0, 1, 2]),
    ({"start": 0.55, "end": 1.0}, [6, 7, 8, 9]),
    ({"start": 0.55, "every": 5}, [10, 15, 20]),
    ({"fps": 2.0}, [0, 5, 10, 15, 20]),
    ({"fps": 3.0}, [0, 4, 7, 10, 14, 17, 20]),
    ({"fps": 100.0}, [*range(21)]),
    ({"start": 0.55, "fps": 2.0}, [10, 15, 20]),
    # Of the frames 0, 3, 6, ... the first in each half of a second.
    ({"every": 3, "fps": 2.0}, [0, 6, 12, 15]),
]


@pytest.mark.parametrize(("settings", "expected"), CASES)
def test_frames_are_selected(settings: dict[str, Any], expected: list[int]) -> None:
    assert taken(Selection(**settings), TENTHS) == expected


@given(
    st.lists(st.floats(0.001, 2), min_size=1, max_size=40), st.floats(0.3, 60), st.integers(1, 4)
)
def test_a_part_has_the_frames_of_the_whole(
    gaps: list[float], fps: float, every: int
) -> None:
    times = [sum(gaps[:count]) for count in range(len(gaps))]
    whole = taken(Selection(every=every, fps=fps), times)
    middle = len(times) // 2
    part = taken(Selection(start=times[middle], every=every, fps=fps), times, middle)
    assert part == [index for index in whole if index >= middle]


@given(st.lists(st.floats(0.001, 2), min_size=2, max_size=40), st.floats(0.3, 60))
def test_no_more_frames_a_second_than_asked_for(gaps: list[float], fps: float) -> None:
    times = [sum(gaps[:count]) for count in range(len(gaps))]
    number = len(taken(Selection(fps=fps), times))
    assert number <= (times[-1] - times[0]) * fps + 2


# settings that are out of range, the setting named
WRONG = [
    ({"every": 0}, "every"),
    ({"fps": 0.0}, "fps"),
    ({"fps": math.inf}, "fps"),
    ({"start": math.nan}, "start"),
    ({"end": math.inf}, "end"),
    ({"start": 2.0, "end": 2.0}, "end"),
]


@pytest.mark.parametrize(("settings", "named"), WRONG)
def test_what_is_out_of_range_is_refused(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=f"Expected {named} to be") as caught:
        Selection(**settings)
    assert caught.value.setting == named
