import io
import itertools

import numpy as np
import pytest
from PIL import Image

from mien.classes import Expression
from mien.drawing.contact_sheet import (
    BAR,
    BARS,
    CARD,
    HEIGHT,
    INK,
    MOST_TILES,
    PICTURE,
    RIGHT,
    STEP,
    THICK,
    WIDTH,
    WRONG,
    Tile,
    columns_for,
    draw_sheet,
    draw_tile,
    pages,
    tiles_of,
    to_png,
    verdict_mark,
)
from mien.drawing.emoji import emoji
from mien.drawing.text import font, shortened, wrapped
from mien.media.sinks import Reading
from mien.perception.face import Face

CHANCES = (0.5, 0.25, 0.1, 0.08, 0.05, 0.02, 0.0)
CORNER = slice(14, 14 + PICTURE)


def make_face(box=(40.0, 30.0, 20.0, 20.0), chances=CHANCES, **more):
    probabilities = np.array(chances, np.float32)
    return Face(box, np.zeros((5, 2), np.float32), probabilities, **more)


def make_tile(face=None, **more):
    picture = np.full((PICTURE, PICTURE, 3), 90, np.uint8)
    return Tile(picture, "party.jpg", face, **more)


def drawn(tile):
    return np.asarray(draw_tile(tile)).astype(int)


def near(pixels, colour, by=12):
    return np.abs(pixels - np.array(colour)).max(axis=-1) <= by


def make_reading(image, faces):
    return Reading("x/party.jpg", image.shape[1], image.shape[0], faces)


def test_bars_are_as_long_as_the_probabilities():
    pixels = drawn(make_tile(make_face()))
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    for expression, chance in zip(Expression, CHANCES, strict=True):
        row = pixels[BARS[1] + STEP * expression + THICK // 2, BARS[0] : BARS[0] + BAR]
        length = int(near(row, expression.colour).sum())
        assert length == round(chance * BAR), expression
        assert near(row[:length], expression.colour).all()


def test_only_the_known_expressions_bar_is_framed():
    for truth in (None, Expression.sad):
        pixels = drawn(make_tile(make_face(), truth=truth))
        edge = BARS[0] + BAR + 1
        framed = [
            bool(near(pixels[BARS[1] + STEP * place + THICK // 2, edge], INK)) for place in range(7)
        ]
        assert framed == [truth is expression for expression in Expression]


def test_the_emoji_is_that_of_the_reading():
    for face, shown in (
        (make_face(), Expression.angry),
        (make_face(sure=False), None),
    ):
        pixels = drawn(make_tile(face))
        found = np.array(emoji(shown, 52)).astype(int)
        whole = found[..., 3] == 255
        part = pixels[12:64, 186:238]
        assert np.array_equal(part[whole], found[..., :3][whole])


@pytest.mark.parametrize(("truth", "right"), [("angry", True), ("sad", False)])
def test_right_and_wrong_differ_in_sign_and_colour(truth, right):
    tile = make_tile(make_face(), truth=Expression[truth])
    assert tile.right is right
    place = drawn(tile)[42:62, 250:270]
    assert near(place, RIGHT if right else WRONG).sum() > 100
    assert near(place, WRONG if right else RIGHT).sum() == 0
    # without colour they are told apart by their corners: a disc has none, a square has
    assert (verdict_mark(right, 20)[1, 1, 3] > 128) is np.bool_(not right)
    unknown = drawn(make_tile(make_face()))[42:62, 250:270]
    assert not (near(unknown, RIGHT) | near(unknown, WRONG)).any()


def test_a_missed_face_is_wrong_where_the_expression_is_known():
    assert make_tile(truth=Expression.sad).right is False
    assert make_tile().right is None
    pixels = drawn(make_tile(truth=Expression.sad))
    assert near(pixels[42:62, 186:206], WRONG).sum() > 100
    # no bars
    assert near(pixels[BARS[1] : -2, BARS[0] : BARS[0] + BAR], CARD).all()


def test_the_set_is_dotted():
    face = make_face(expressions=(Expression.angry, Expression.disgust), coverage=0.9)
    pixels = drawn(make_tile(face))
    dots = [
        bool(near(pixels[BARS[1] + STEP * place + THICK // 2, BARS[0] - 10], INK))
        for place in range(7)
    ]
    assert dots == [True, True, *[False] * 5]


def test_a_face_is_cut_out_of_its_photo():
    image = np.zeros((100, 200, 3), np.uint8)
    image[30:50, 40:60] = (200, 10, 10)
    (tile,) = tiles_of(image, "party.jpg", make_reading(image, [make_face()]), Expression.happy)
    red = near(tile.picture.astype(int), (200, 10, 10), 60)
    # the box is 20 wide, the cut 30
    assert red.mean() == pytest.approx((20 / 30) ** 2, abs=0.03)
    assert red[PICTURE // 2, PICTURE // 2]


@pytest.mark.parametrize(
    "box",
    [(-5.0, -5.0, 20.0, 20.0), (190.0, 90.0, 30.0, 30.0), (-50.0, -50.0, 400.0, 400.0)],
    ids=["left and top", "right and bottom", "larger than the photo"],
)
def test_a_face_at_the_edge_stays_inside_the_photo(box):
    image = np.random.default_rng(0).integers(100, 200, (100, 200, 3), dtype=np.uint8)
    (tile,) = tiles_of(image, "x.jpg", make_reading(image, [make_face(box)]), None)
    assert tile.picture.shape == (PICTURE, PICTURE, 3)
    assert tile.picture.min() > 50


def test_what_the_network_saw_stands_in_the_corner():
    crop = np.arange(48 * 48, dtype=np.uint8).reshape(48, 48)
    pixels = drawn(make_tile(make_face(crop=crop)))[CORNER, CORNER]
    assert np.array_equal(pixels[-48:, -48:, 0], crop)
    assert (pixels[:90, :90] == 90).all()


def test_the_largest_face_alone_is_labelled():
    image = np.zeros((100, 200, 3), np.uint8)
    faces = [make_face(), make_face((5.0, 5.0, 9.0, 9.0))]
    tiles = tiles_of(image, "party.jpg", make_reading(image, faces), Expression.sad)
    assert [(tile.number, tile.faces, tile.right) for tile in tiles] == [
        (1, 2, False),
        (2, 2, None),
    ]


@pytest.mark.parametrize("size", [(300, 100), (100, 300), (1, 1), (1, 4000)])
def test_a_photo_without_a_face_is_shown_whole(size):
    image = np.full((*size, 3), 30, np.uint8)
    (tile,) = tiles_of(image, "bare.png", make_reading(image, []), None)
    assert tile.face is None
    shown = (tile.picture == 30).all(axis=2)
    shorter = max(1, round(PICTURE * min(size) / max(size)))
    assert sorted((shown.any(axis=0).sum(), shown.any(axis=1).sum())) == [shorter, PICTURE]


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
    assert near(sheet.astype(int), Expression.angry.colour, 0).sum() >= len(tiles) * 59 * THICK


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


def test_a_png_says_that_it_is_a_sheet():
    image = Image.open(io.BytesIO(to_png(draw_sheet([make_tile()], "faces"))))
    assert (image.format, image.mode) == ("PNG", "RGB")
    assert image.text == {"Software": "mien contact sheet"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("party.jpg", "party.jpg"),
        ("Eileen à 東京.jpg", "Eileen a ??.jpg"),
        ("", ""),
    ],
)
def test_names_are_written_with_the_signs_that_there_are(text, expected):
    assert shortened(text, 148, 12) == expected


def test_a_long_name_loses_its_middle():
    name = "a" * 60 + "-" + "b" * 60 + ".jpg"
    short = shortened(name, 148, 12)
    assert font(12).getlength(short) <= 148
    assert short.startswith("aaaa")
    assert short.endswith("b.jpg")
    assert "…" in short


def test_lines_are_as_long_as_fits():
    text = " ".join(["one two three four five"] * 3)
    lines = list(wrapped(text, 120, 13))
    assert " ".join(lines) == text
    assert all(font(13).getlength(line) <= 120 for line in lines)
    for line, after in itertools.pairwise(lines):
        assert font(13).getlength(f"{line} {after.split()[0]}") > 120
