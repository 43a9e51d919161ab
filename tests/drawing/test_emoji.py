import itertools

import numpy as np
import pytest

from mien.classes import FER2013, Vocabulary
from mien.drawing.emoji import DRAWN, emoji, emoji_note, initial

OWN = Vocabulary.named(
    ["awake", "tired", "asleep", "yawning", "contempt", "calm", "pensive", "x"]
)
ALL = [*FER2013, *OWN, None]
EVERY = list(Vocabulary.named(sorted(DRAWN), {sign: sign for sign in DRAWN}))


@pytest.mark.parametrize("expression", [*ALL, *EVERY])
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
    every = [emoji(expression, 40)[..., :3].astype(int) for expression in EVERY]
    for one, other in itertools.combinations(every, 2):
        assert np.abs(one - other).mean() > 1


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


def test_emoji_that_are_drawn_are_those_of_fer_and_common_ones():
    assert set(FER2013.emoji) <= DRAWN
    assert set("🙂😪😴🥱😒😌😡😭😂🤔😱😍😎🥳😇🤢😳😤😕😟🙁") <= DRAWN


def test_default_emoji_need_no_font():
    words = "contempt awake calm smile laughing tired asleep yawn confused bored pain wink crying"
    assert emoji_note(Vocabulary.named([*words.split(), "kiss", "shocked", "a", "b"])) is None


def test_a_colour_font_of_the_machine_draws_other_emoji(make_font):
    own = Vocabulary.named(["snail", "wasp"], {"snail": "🐌", "wasp": "🐝"})
    lettered = emoji(own["snail"], 60)
    assert emoji_note(own) == (
        "No colour emoji font on this machine has 🐌 (snail), 🐝 (wasp), so pictures show a letter"
        " instead; a font such as Noto Color Emoji changes that."
    )
    make_font("NotoColorEmoji.ttf", "🐌", coloured=True)
    drawn = emoji(own["snail"], 60)
    assert drawn.shape == (60, 60, 4)
    # A red square, as large as the discs are.
    assert np.abs(drawn[4:56, 4:56].astype(int) - (255, 0, 0, 255)).max() < 30
    assert not drawn[0, :, 3].any()
    assert not np.array_equal(drawn, lettered)
    assert "🐝 (wasp), so" in emoji_note(own)
    assert "🐌" not in emoji_note(own)


def test_the_sign_for_coloured_form_is_no_part_of_an_emoji(make_font):
    make_font("NotoColorEmoji.ttf", "❤", coloured=True)
    own = Vocabulary.named(["love", "b"], {"love": "❤\ufe0f"})
    assert (emoji(own["love"], 60)[30, 30] == (255, 0, 0, 255)).all()


def test_sequences_and_glyphs_that_a_font_cannot_draw_are_letters(make_font):
    own = Vocabulary.named(["flag", "snail"], {"flag": "🇩🇪", "snail": "🐌"})
    lettered = [emoji(expression, 60) for expression in own]
    # The font has both parts of the flag, but not the flag.
    make_font("NotoColorEmoji.ttf", "🇩🇪", coloured=True)
    make_font("seguiemj.ttf", "🐌", coloured=False)
    for expression, letter in zip(own, lettered, strict=True):
        np.testing.assert_array_equal(emoji(expression, 60), letter)


def test_own_drawings_and_circles_need_no_font(make_font):
    make_font("NotoColorEmoji.ttf", "😄🔵", coloured=True)
    own = Vocabulary.named(["joy", "b"], {"joy": "😄"}, {"b": (200, 30, 200)})
    np.testing.assert_array_equal(emoji(own["joy"], 40), emoji(FER2013["happy"], 40))
    circle = Vocabulary.named(["b", "c"], {"b": "🔵"}, {"b": (200, 30, 200)})["b"]
    assert abs(emoji(circle, 40)[20, 5, :3].astype(int) - (200, 30, 200)).max() < 45


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
    [("snail", "S"), ("Ärger", "Ä"), ("злой", "З"), ("9 lives", "9"), ("日本", "1"), ("-b", "B")],
)
def test_the_letter_is_one_that_a_font_has(name, letter):
    assert initial(Vocabulary.named(["first", name])[1]) == letter


def test_the_letter_may_come_from_a_font_of_the_machine(make_font):
    make_font("NotoSansCJK-Regular.ttc", "日")
    assert initial(Vocabulary.named(["first", "日本"])[1]) == "日"
