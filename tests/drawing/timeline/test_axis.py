import itertools

import pytest

from mien.drawing.timeline.axis import Axis


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


def test_times_are_where_the_axis_has_them(axis):
    assert [axis.x(time) for time in (-1, 0, 2.5, 10, 11)] == [0, 0, 250, 1000, 1000]
    fine = Axis(0, 10, 76, 1076).moved(76, 2)
    assert (fine.left, fine.right, fine.x(5)) == (0, 2000, 1000)
