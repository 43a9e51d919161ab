import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.drawing.placing import place_labels

SIZE = (640, 480)


def overlap(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)


def cross(one, other):
    def side(line, point):
        (x0, y0), (x1, y1) = line
        return (x1 - x0) * (point[1] - y0) - (y1 - y0) * (point[0] - x0)

    return (
        side(one, other[0]) * side(one, other[1]) < 0
        and side(other, one[0]) * side(other, one[1]) < 0
    )


def edges(box):
    left, top, right, bottom = box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    return pairwise(corners)


@st.composite
def crowds(draw):
    """1 to 40 faces of any size, also at the borders, on each other and over the whole picture."""
    size = draw(st.tuples(st.integers(60, 900), st.integers(60, 900)))
    faces = []
    for _ in range(draw(st.integers(1, 40))):
        left, right = sorted(draw(st.tuples(*[st.floats(0, size[0])] * 2)))
        top, bottom = sorted(draw(st.tuples(*[st.floats(0, size[1])] * 2)))
        largest = draw(st.sampled_from([1.0, 0.3, 0.1]))
        faces.append((left, top, left + (right - left) * largest, top + (bottom - top) * largest))
    labels = [(draw(st.integers(40, 240)), 24) for _ in faces]
    return size, faces, labels


@given(crowds())
@settings(max_examples=150, deadline=None)
def test_no_label_covers_a_face_or_a_label_or_leaves_the_picture(crowd):
    size, faces, labels = crowd
    places = place_labels(faces, labels, size)
    assert len(places) == len(faces)
    placed = [(number, place) for number, place in enumerate(places) if place is not None]
    for number, place in placed:
        left, top, right, bottom = place.box
        assert (right - left, bottom - top) == pytest.approx(labels[number])
        assert min(left, top) >= 0
        assert right <= size[0]
        assert bottom <= size[1]
        assert all(overlap(place.box, face) == 0 for face in faces)
        others = [other for at, other in placed if at != number]
        assert all(overlap(place.box, other.box) == 0 for other in others)
        # A line goes to its own face, and through no other face, label or line.
        assert not any(cross(place.leader, other.leader) for other in others)
        walls = [*(face for at, face in enumerate(faces) if at != number),
                 *(other.box for other in others)]  # fmt: skip
        for wall in walls:
            assert not any(cross(place.leader, edge) for edge in edges(wall))
        x, y = place.leader[1]
        face = faces[number]
        assert face[0] - 1e-6 <= x <= face[2] + 1e-6
        assert face[1] - 1e-6 <= y <= face[3] + 1e-6


def test_a_label_stands_above_its_face_if_it_can():
    (place,) = place_labels([(200, 150, 300, 270)], [(80, 24)], SIZE)
    assert place.box == (210, 120, 290, 144)
    assert place.leader == ((250, 144), (250, 150))


@pytest.mark.parametrize(
    ("face", "side"),
    [
        ((200, 0, 300, 270), "below"),
        ((200, 0, 300, 480), "right"),
        ((500, 0, 640, 480), "left"),
    ],
)
def test_else_below_or_beside(face, side):
    (place,) = place_labels([face], [(80, 24)], SIZE)
    left, top, right, _ = place.box
    assert {
        "below": top >= face[3], "right": left >= face[2], "left": right <= face[0]
    }[side]  # fmt: skip


def test_a_face_between_others_has_its_label_further_off():
    middle = (300, 200, 360, 260)
    others = [
        (180, 100, 310, 170), (350, 100, 480, 170),
        (180, 180, 290, 280), (370, 180, 480, 280), (250, 270, 410, 400),
    ]  # fmt: skip
    places = place_labels([middle, *others], [(66, 27)] * 6, SIZE)
    assert None not in places
    start, end = places[0].leader
    # Through the gap between the two above.
    assert 310 < start[0] < 350
    assert 310 < end[0] < 350
    assert start[1] < 100
    assert end[1] == 200


def test_all_of_a_group_of_25_have_a_label_in_the_picture():
    faces = [
        (20 + 120 * column, 30 + 90 * row, 60 + 120 * column, 78 + 90 * row)
        for column in range(5)
        for row in range(5)
    ]
    places = place_labels(faces, [(88, 20)] * 25, SIZE)
    assert None not in places
    # Right beside their faces.
    assert all(math.dist(*place.leader) < 12 for place in places)


def test_a_face_over_the_whole_picture_has_no_place():
    assert place_labels([(0, 0, 640, 480)], [(80, 24)], SIZE) == [None]
    assert place_labels([(100, 100, 140, 150)], [(700, 24)], SIZE) == [None]
    assert place_labels([], [], SIZE) == []


def test_what_is_taken_stays_free():
    taken = [(0, 0, 640, 150)]
    (place,) = place_labels([(200, 150, 300, 270)], [(80, 24)], SIZE, taken)
    assert place.box[1] >= 270


def test_places_are_the_same_each_time():
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 400, (20, 2))
    faces = [(x, y, x + 50, y + 60) for x, y in corners]
    assert place_labels(faces, [(90, 24)] * 20, SIZE) == place_labels(faces, [(90, 24)] * 20, SIZE)


def test_a_long_line_keeps_away_from_the_edges_of_other_boxes():
    face = (300, 200, 360, 260)
    beside = [(100, 110, 295, 400), (365, 110, 560, 400), (100, 265, 560, 400)]
    for left, right in ((326, 334), (310, 334)):
        # Above the face there is a slit between two boxes, at first too narrow for a line.
        walls = [(100, 110, left, 195), (right, 110, 560, 195), *beside]
        (place,) = place_labels([face], [(150, 24)], SIZE, walls)
        if right - left < 10:
            assert place is None
        else:
            assert left + 4.8 <= place.leader[0][0] <= right - 4.8


@pytest.mark.parametrize(("far", "there"), [(70, True), (110, False)])
def test_a_label_that_would_be_far_away_has_no_place(far, there):
    # Beyond the walls beside the face there is room, but only as far as that.
    top = 200 - far
    walls = [(0, top, 300, 480), (360, top, 640, 480), (0, 260, 640, 480)]
    (place,) = place_labels([(300, 200, 360, 260)], [(150, 24)], SIZE, walls)
    assert (place is not None) == there
