import importlib

import numpy as np
import pytest
from PIL import Image

from mien.classes import FER2013, Vocabulary
from mien.drawing.contact_sheet import (
    MOST_TILES,
    ContactSheet,
    columns_for,
    contact_sheet,
    draw_sheet,
    pages,
)
from mien.drawing.tile import PICTURE, RIGHT, THICK, WIDTH, WRONG, Tile
from mien.errors import DataError, PictureError
from mien.perception.face import Face
from mien.perception.picture import Failure, Picture

# The package has a function of the same name.
module = importlib.import_module("mien.drawing.contact_sheet")

CHANCES = (0.5, 0.25, 0.1, 0.08, 0.05, 0.02, 0.0)


def make_face(box=(40.0, 30.0, 20.0, 20.0), chances=CHANCES, classes=FER2013, **more):
    probabilities = np.array(chances, np.float32)
    landmarks = np.zeros((5, 2), np.float32)
    return Face(box, landmarks, probabilities, 0.9, classes, **more)


def make_tile(face=None, **more):
    picture = np.full((PICTURE, PICTURE, 3), 90, np.uint8)
    return Tile(picture, "party.jpg", face, **more)


def near(pixels, colour, by=12):
    return np.abs(pixels - np.array(colour)).max(axis=-1) <= by


def make_picture(pixels, faces, **more):
    height, width = pixels.shape[:2]
    return Picture("x/party.jpg", width, height, tuple(faces), "mien-s", FER2013, **more)


@pytest.mark.parametrize(
    ("count", "columns"), [(1, 1), (2, 1), (4, 2), (11, 3), (30, 4), (60, 5), (61, 5)]
)
def test_a_sheet_holds_every_tile(count, columns):
    assert columns_for(count) == columns
    tiles = [make_tile(make_face())] * min(count, MOST_TILES)
    sheet = draw_sheet(tiles, "faces")
    assert sheet.dtype == np.uint8
    assert sheet.shape[1] == columns * (WIDTH + 12) + 36
    # a bar of probability 0.5 in angry's colour, of each tile
    assert near(sheet.astype(int), FER2013["angry"].colour, 0).sum() >= len(tiles) * 59 * THICK


def test_three_hundred_faces_take_five_sheets():
    assert [len(page) for page in pages(range(300))] == [60] * 5
    assert [len(page) for page in pages(range(61))] == [60, 1]
    assert list(pages([])) == []


def test_a_long_headline_is_broken_into_lines():
    short, long = (draw_sheet([make_tile()], "many words " * count) for count in (1, 20))
    assert short.shape[1] == long.shape[1]
    assert long.shape[0] > short.shape[0] + 90
    assert (short[-24:] == 255).all()


def test_notes_stand_below():
    bare, noted = draw_sheet([make_tile()], "faces"), draw_sheet([make_tile()], "faces", ["Ink."])
    assert np.array_equal(noted[: len(bare) - 30], bare[:-30])
    assert (noted[len(bare) - 20 :] < 160).any()


@pytest.fixture
def drawn(monkeypatch):
    """Keep the headlines and notes that sheets are drawn with."""
    kept, draw = [], module.draw_sheet

    def keep(tiles, headline, notes=()):
        kept.append((len(tiles), headline, notes))
        return draw(tiles, headline, notes)

    monkeypatch.setattr(module, "draw_sheet", keep)
    return kept


IMAGE = np.full((100, 200, 3), 120, np.uint8)


def test_pictures_make_a_sheet_with_their_pixels(drawn):
    crop = np.zeros((48, 48), np.uint8)
    picture = make_picture(IMAGE, [make_face(crop=crop), make_face(crop=crop)], image=IMAGE)
    failure = Failure("y.jpg", PictureError("It is cut off.", "Get it again."))
    (sheet,) = contact_sheet([picture, failure], {"x/party.jpg": "sad"})
    assert near(sheet.astype(int), WRONG, 3).sum() > 100
    ((tiles, headline, notes),) = drawn
    assert (tiles, headline) == (
        2,
        "2 faces in 1 photo (1 more could not be read); 0 of 1 labelled photo right, 0%.",
    )
    assert notes == [
        "In the corner of each face: the 48 x 48 gray pixels that the network was shown.",
        "The labelled expression's bar is framed."
        " Of several faces in a photo the largest is the labelled one.",
    ]
    (sheet,) = contact_sheet([picture], {"x/party.jpg": "angry"})
    assert near(sheet.astype(int), RIGHT, 3).sum() > 100


def test_pictures_without_pixels_are_read_from_their_files(tmp_path):
    Image.fromarray(IMAGE).save(tmp_path / "a.png")
    faces = (make_face(),)
    picture = Picture(str(tmp_path / "a.png"), 200, 100, faces, "mien-s", FER2013)
    kept = Picture(str(tmp_path / "a.png"), 200, 100, faces, "mien-s", FER2013, image=IMAGE)
    np.testing.assert_array_equal(contact_sheet([picture])[0], contact_sheet([kept])[0])
    with pytest.raises(PictureError, match="party.jpg, but there is no such file"):
        contact_sheet([make_picture(IMAGE, faces)])
    unnamed = Picture("<array>", 200, 100, faces, "mien-s", FER2013)
    with pytest.raises(PictureError, match="pixels were not kept. Read it with keep_image=True"):
        contact_sheet([unnamed])


def test_nothing_makes_no_sheet_and_unknown_truths_are_refused():
    assert contact_sheet([]) == []
    picture = make_picture(IMAGE, [make_face()], image=IMAGE)
    with pytest.raises(DataError, match="no class 'sleepy'"):
        contact_sheet([picture], {"x/party.jpg": "sleepy"})


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((48, 48), "the 48 x 48 gray pixels that the network was shown."),
        ((112, 96, 3), "the 96 x 112 colour pixels that the network was shown, reduced."),
    ],
)
def test_the_note_says_what_the_network_was_shown(drawn, shape, words):
    face = make_face(crop=np.zeros(shape, np.uint8))
    contact_sheet([make_picture(IMAGE, [face], image=IMAGE, coverage=0.9)])
    ((_, _, notes),) = drawn
    assert notes == [
        f"In the corner of each face: {words}",
        "A dot marks the expressions in the set of 90% coverage.",
    ]


def test_the_summary_may_be_the_callers(drawn):
    sheet = ContactSheet()
    sheet.add(make_picture(IMAGE, [], image=IMAGE), FER2013["sad"])
    (page,) = sheet.pages("all wrong.")
    assert drawn[0][1] == "0 faces in 1 photo; all wrong."
    assert near(page.astype(int), WRONG, 3).sum() > 100


def test_emoji_that_cannot_be_drawn_are_explained(drawn):
    classes = Vocabulary.named(["snail", "b"], {"snail": "🐌"})
    faces = [make_face(chances=[0.7, 0.3], classes=classes)]
    picture = Picture("a.jpg", 200, 100, tuple(faces), "own", classes, image=IMAGE)
    contact_sheet([picture])
    ((_, _, notes),) = drawn
    assert notes[-1].startswith("No colour emoji font on this machine has 🐌 (snail), so")
