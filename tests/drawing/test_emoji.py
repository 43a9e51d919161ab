import itertools

import numpy as np
import pytest

from mien.classes import Expression
from mien.drawing.emoji import emoji

ALL = [*Expression, None]


@pytest.mark.parametrize("expression", ALL)
@pytest.mark.parametrize("size", [8, 32, 161])
def test_emoji_is_an_opaque_disc(expression, size):
    drawn = emoji(expression, size)
    assert drawn.shape == (size, size, 4)
    assert drawn.dtype == np.uint8
    assert drawn[0, 0, 3] == drawn[-1, -1, 3] == 0
    assert drawn[size // 2, size // 2, 3] == 255
    # area of the disc of radius 0.48
    assert abs(drawn[..., 3].mean() / 255 - np.pi * 0.48**2) < 0.02


def test_edges_are_smooth():
    opacity = emoji(Expression.happy, 64)[..., 3]
    assert ((opacity > 0) & (opacity < 255)).sum() > 60


def test_expressions_are_told_apart_even_when_small():
    drawn = [emoji(expression, 20)[..., :3].astype(int) for expression in ALL]
    for one, other in itertools.combinations(drawn, 2):
        assert np.abs(one - other).mean() > 6


def test_colours_are_those_of_the_feeling():
    red, green, blue = emoji(Expression.angry, 50)[5, 25, :3]
    assert red > green > blue
    red, green, blue = emoji(Expression.disgust, 50)[40, 12, :3]
    assert green > red > blue
    red, green, blue = emoji(Expression.fear, 50)[5, 25, :3]
    assert blue > green > red


def test_kept_drawing_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        emoji(None, 16)[0, 0] = 1
