import copy
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.perception.motion import NOISE, PERSISTENCE, SPEED, Motion


def moving(rate, seconds=2.0, speed=200.0):
    """Follow a face of 100 pixels that moves to the right."""
    motion = Motion((0.0, 0.0, 100.0, 100.0))
    for step in range(1, round(seconds * rate) + 1):
        motion.advance(1 / rate)
        motion.correct((speed * step / rate, 0.0, 100.0, 100.0))
    return motion


def test_new_face_is_expected_where_it_was():
    motion = Motion((10.0, 20.0, 30.0, 40.0))
    assert motion.box == pytest.approx((10, 20, 30, 40))
    assert motion.spread == pytest.approx(NOISE)
    motion.advance(1.0)
    assert motion.box == pytest.approx((10, 20, 30, 40))


@pytest.mark.parametrize("rate", [10, 25, 60])
def test_steady_motion_goes_on_for_a_while_and_fades(rate):
    motion = moving(rate)
    left = motion.box[0]
    motion.advance(0.1)
    assert motion.box[0] - left == pytest.approx(20, rel=0.2)
    motion.advance(100.0)
    # All of the way that a fading speed goes.
    assert motion.box[0] - left == pytest.approx(200 * PERSISTENCE, rel=0.2)


def test_uncertainty_of_a_lost_face_is_that_of_the_process():
    motion = Motion((0.0, 0.0, 100.0, 100.0))
    seconds = 1e3
    motion.advance(seconds)
    # The variance of an integrated Ornstein-Uhlenbeck process after a long time, begun with a
    # speed from its stationary distribution.
    variance = 2 * SPEED**2 * PERSISTENCE * (seconds - PERSISTENCE) + NOISE**2
    assert motion.spread == pytest.approx(math.sqrt(variance))


@settings(deadline=None, max_examples=50)
@given(st.floats(0, 3), st.floats(0, 3))
def test_two_steps_are_as_good_as_one(first, second):
    motion = moving(25, 1.0)
    whole = copy.copy(motion)
    whole.advance(first + second)
    motion.advance(first)
    motion.advance(second)
    assert motion.box == pytest.approx(whole.box)
    assert motion.spread == pytest.approx(whole.spread)


def test_growing_face_is_followed():
    motion = Motion((0.0, 0.0, 100.0, 100.0))
    for step in range(1, 26):
        side = 100 * 2 ** (step / 25)
        motion.advance(0.04)
        motion.correct((-side / 2, -side / 2, side, side))
    assert motion.box[2:] == pytest.approx((200, 200), rel=0.08)


def test_box_cut_to_nothing_by_the_edge_is_a_pixel():
    motion = Motion((0.0, 5.0, 0.0, 40.0))
    assert motion.box[2:] == pytest.approx((1, 40))
