import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from mien.classes import FER2013
from mien.drawing.timeline import ribbon


@given(some.lists(some.integers(0, 8), max_size=300))
def test_no_emoji_covers_another(values):
    # Runs of up to 40 columns: classes, 7 for unsure, 8 for nothing.
    shown = np.repeat(np.array([*values, 8]), 1 + np.arange(len(values) + 1) * 7 % 40)
    places = sorted(ribbon._places(shown, 7))
    assert all(number <= 7 for _, number in places)
    assert all(b - a >= ribbon.EMOJI for (a, _), (b, _) in itertools.pairwise(places))


def test_each_wide_episode_has_its_emoji_and_short_ones_share_them(face):
    wide = np.repeat([3, 6, 8, 7], [100, 30, 50, 40])
    assert list(ribbon._places(wide, 7)) == [(50, 3), (115, 6), (200, 7)]
    short = np.concatenate([np.repeat([3, 8], [100, 400]), np.tile([4, 4, 4, 6], 40)])
    first, *others = ribbon._places(short, 7)
    assert first == (50, 3)
    assert [number for _, number in others] == [4, 4]
    # A face that is seen for a moment has one too.
    assert [number for _, number in ribbon._places(np.array([8] * 90 + [2] * 3), 7)] == [2]


def test_the_ribbon_has_the_colour_of_what_is_shown(face, axis, bins_of):
    rows = [(0.0, [face("happy")]), (2.0, [face("sad")]), (4.0, []), (6.0, [face(sure=False)])]
    runs = bins_of([*rows, (8.0, [])]).runs(0)
    picture = Image.new("RGB", (1000, ribbon.HEIGHT), (255, 255, 255))
    ribbon.draw_ribbon(picture, 0, axis, runs, FER2013)
    band = [picture.getpixel((x, ribbon.HEIGHT - 3)) for x in (100, 300, 500, 700, 900)]
    white = (255, 255, 255)
    happy, sad = FER2013["happy"].colour, FER2013["sad"].colour
    assert band == [happy, sad, white, ribbon.UNSURE, white]
    # The emoji of the middle of each.
    middle = np.array(picture)[ribbon.EMOJI // 2]
    assert [bool((middle[x] != 255).any()) for x in (100, 200, 300, 500, 700)] == [
        True, False, True, False, True
    ]  # fmt: skip
