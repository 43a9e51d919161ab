import cv2
import numpy as np
import pytest

from mien.drawing.labels import plate_on
from mien.drawing.sprites import Sprite, word_sprite

YELLOW = (240, 200, 40)


def paint(canvas):
    plate_on(canvas, (0, 0), (60, 20), YELLOW)


@pytest.mark.parametrize("gray", [0, 90, 255])
def test_a_sprite_looks_as_if_it_had_been_drawn_there(gray):
    drawn = np.full((20, 60, 3), gray, np.uint8)
    laid = drawn.copy()
    paint(drawn)
    Sprite.of((60, 20), paint).lay(laid, 0, 0)
    # Each of two shapes is rounded once when drawn, and once when laid.
    assert np.abs(drawn.astype(int) - laid).max() <= 4


def test_what_is_outside_the_canvas_is_cut_off():
    whole = np.full((40, 100, 3), 128, np.uint8)
    sprite = Sprite.of((60, 20), paint)
    sprite.lay(whole, 20, 10)
    part = np.full((15, 40, 3), 128, np.uint8)
    sprite.lay(part, 20 - 30, 10 - 15)
    np.testing.assert_array_equal(part, whole[15:30, 30:70])
    for left, top in ((-60, 0), (40, 0), (0, -20), (0, 15)):
        untouched = part.copy()
        sprite.lay(untouched, left, top)
        np.testing.assert_array_equal(untouched, part)


def test_words_are_cached_and_begin_after_their_margin():
    sprite, margin = word_sprite("happy", 14, 25, (255, 255, 255))
    assert word_sprite("happy", 14, 25, (255, 255, 255))[0] is sprite
    columns = np.flatnonzero(sprite.colours.any(axis=(0, 2)))
    assert margin <= columns[0] + 1 <= margin + 3
    assert sprite.colours.shape[0] == 25
    canvas = np.zeros((25, 60, 3), np.uint8)
    sprite.lay(canvas, 0, 0)
    assert cv2.countNonZero(canvas[..., 0]) > 60
