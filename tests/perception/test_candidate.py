import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.perception.candidate import Candidate, distinct, overlap, same_place, wrapped
from mien.perception.detector import quarter_turns

numbers = st.floats(-1000, 1000)
sizes = st.floats(1, 1000)
angles = st.floats(-179, 179)


@st.composite
def candidates(draw):
    frame = (draw(numbers), draw(numbers), draw(sizes), draw(sizes))
    points = np.array([[draw(numbers), draw(numbers)] for _ in range(5)])
    return Candidate(frame, points, draw(st.floats(0, 1)), draw(angles))


@given(candidates(), st.integers(0, 3), st.integers(1, 3000), st.integers(1, 3000))
def test_turning_and_turning_back_changes_nothing(candidate, quarters, height, width):
    forth = quarter_turns(quarters, (height, width))
    turned_shape = (width, height) if quarters % 2 else (height, width)
    back = candidate.mapped(forth).mapped(quarter_turns(-quarters, turned_shape))
    np.testing.assert_allclose(back.frame, candidate.frame, atol=1e-6)
    np.testing.assert_allclose(back.landmarks, candidate.landmarks, atol=1e-6)
    assert abs(wrapped(back.angle - candidate.angle)) < 1e-6


@given(candidates(), angles, st.floats(0.1, 10), numbers, numbers)
def test_any_similarity_can_be_taken_back(candidate, angle, scale, x, y):
    turn = scale * np.exp(1j * np.radians(angle))
    matrix = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
    forth = np.column_stack([matrix, [x, y]])
    inverse = np.linalg.inv(matrix)
    back = np.column_stack([inverse, -inverse @ [x, y]])
    again = candidate.mapped(forth).mapped(back)
    np.testing.assert_allclose(again.frame, candidate.frame, atol=1e-5)
    np.testing.assert_allclose(again.landmarks, candidate.landmarks, atol=1e-5)
    assert abs(wrapped(again.angle - candidate.angle)) < 1e-6


@given(candidates())
def test_a_quarter_turn_swaps_the_sides_of_the_box(candidate):
    upright = Candidate(candidate.frame, candidate.landmarks, candidate.score)
    turned = Candidate(candidate.frame, candidate.landmarks, candidate.score, 90.0)
    np.testing.assert_allclose(turned.box[2:], upright.box[3:1:-1], rtol=1e-6)


@given(st.lists(candidates(), max_size=8))
def test_those_kept_are_at_different_places_and_each_other_is_at_one_of_theirs(many):
    kept = distinct(many)
    for place, one in enumerate(kept):
        assert not any(same_place(one, other) for other in kept[:place])
    for one in many:
        assert any(one is other or same_place(one, other) for other in kept)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ((10, 60, 40, 35), True),  # a chin within a face
        ((0, 0, 100, 100), True),
        ((100, 0, 100, 100), False),  # side by side
        ((60, 0, 100, 100), False),  # overlapping heads
        ((-150, -150, 400, 400), True),  # a shadow around a face
    ],
)
def test_nested_boxes_are_one_face(other, same):
    landmarks = np.zeros((5, 2))
    face = Candidate((0, 0, 100, 100), landmarks, 0.9)
    assert same_place(face, Candidate(other, landmarks, 0.8)) is same
    assert len(distinct([Candidate(other, landmarks, 0.8), face])) == 2 - same


def test_overlap_is_intersection_over_union():
    assert overlap((0, 0, 10, 10), (5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (20, 0, 10, 10)) == 0
    assert overlap((0, 0, 0, 0), (0, 0, 0, 0)) == 0


@pytest.mark.parametrize(("angle", "expected"), [(190, -170), (-180, 180), (180, 180), (360, 0)])
def test_angles_are_over_minus_180_to_180(angle, expected):
    assert wrapped(angle) == expected


def test_the_landmarks_show_the_roll():
    points = np.array([[0, 0], [10, 0], [5, 5], [1, 10], [9, 10]], float)
    turn = np.radians(20)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert Candidate((0, 0, 10, 10), points @ matrix.T, 1.0).roll == pytest.approx(20)
    assert Candidate((0, 0, 10, 10), points @ matrix.T, 1.0, 15.0).roll == pytest.approx(5)
