import itertools

import numpy as np
import pytest

from mien.classes import FER2013, Vocabulary
from mien.drawing.emoji import DRAWN, emoji, initial

OWN = Vocabulary.named(
    ["awake", "tired", "asleep", "yawning", "contempt", "calm", "pensive", "x"]
)
ALL = [*FER2013, *OWN, None]


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
    opacity = emoji(FER2013["happy"], 64)[..., 3]
    assert ((opacity > 0) & (opacity < 255)).sum() > 60


def test_expressions_are_told_apart_even_when_small():
    drawn = [emoji(expression, 20)[..., :3].astype(int) for expression in ALL]
    for one, other in itertools.combinations(drawn, 2):
        assert np.abs(one - other).mean() > 4
    for one, other in itertools.combinations([*drawn[:7], drawn[-1]], 2):
        assert np.abs(one - other).mean() > 6


def test_colours_are_those_of_the_feeling():
    red, green, blue = emoji(FER2013["angry"], 50)[5, 25, :3]
    assert red > green > blue
    red, green, blue = emoji(FER2013["disgust"], 50)[40, 12, :3]
    assert green > red > blue
    red, green, blue = emoji(FER2013["fear"], 50)[5, 25, :3]
    assert blue > green > red


def test_kept_drawing_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        emoji(None, 16)[0, 0] = 1


def test_emoji_that_are_drawn_are_those_of_fer_and_some_more():
    assert {*FER2013.emoji, *"🙂😪😴🥱😒😌"} == DRAWN


def test_the_emoji_decides_and_not_the_name():
    own = Vocabulary.named(["joy", "happy"], emoji={"joy": "😄", "happy": "🐌"})
    np.testing.assert_array_equal(emoji(own["joy"], 40), emoji(FER2013["happy"], 40))
    assert not np.array_equal(emoji(own["happy"], 40), emoji(FER2013["happy"], 40))


@pytest.mark.parametrize("colour", [(20, 30, 90), (240, 230, 120), (130, 130, 130)])
def test_another_emoji_is_a_disc_in_the_classes_colour_with_a_legible_letter(colour):
    (own, _) = Vocabulary.named(["snail", "b"], {"snail": "🐌"}, {"snail": colour})
    drawn = emoji(own, 60).astype(int)
    disc = drawn[30, 8, :3]
    assert np.abs(disc - colour).max() < 45
    middle = drawn[15:45, 20:40, :3]
    ink = np.abs(middle - disc).sum(axis=2) > 200
    assert 0.1 < ink.mean() < 0.6
    (other, _) = Vocabulary.named(["Wasp", "b"], {"Wasp": "🐌"}, {"Wasp": colour})
    assert np.abs(emoji(other, 60)[..., :3].astype(int) - drawn[..., :3]).mean() > 3


@pytest.mark.parametrize(
    ("name", "letter"),
    [("snail", "S"), ("Ärger", "A"), ("9 lives", "9"), ("日本", "?"), ("-b", "B")],
)
def test_the_letter_is_one_that_the_font_has(name, letter):
    assert initial(name) == letter
