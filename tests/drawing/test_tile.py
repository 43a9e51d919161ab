import numpy as np
import pytest

from mien.classes import FER2013, Vocabulary
from mien.drawing import tile as module
from mien.drawing.emoji import emoji
from mien.drawing.tile import (
    BAR,
    BARS,
    CARD,
    HEIGHT,
    INK,
    PICTURE,
    RIGHT,
    SHORTEST_BAR,
    STEP,
    THICK,
    WIDTH,
    WRONG,
    Tile,
    bars_left,
    draw_tile,
    tile_height,
    tiles_of,
    verdict_mark,
)
from mien.perception.face import Face
from mien.perception.picture import Picture

CHANCES = (0.5, 0.25, 0.1, 0.08, 0.05, 0.02, 0.0)
CORNER = slice(14, 14 + PICTURE)


def make_face(box=(40.0, 30.0, 20.0, 20.0), chances=CHANCES, classes=FER2013, **more):
    probabilities = np.array(chances, np.float32)
    landmarks = np.zeros((5, 2), np.float32)
    return Face(box, landmarks, probabilities, 0.9, classes, **more)


def make_tile(face=None, **more):
    picture = np.full((PICTURE, PICTURE, 3), 90, np.uint8)
    return Tile(picture, "party.jpg", face, **more)


def drawn(tile):
    return np.asarray(draw_tile(tile)).astype(int)


def near(pixels, colour, by=12):
    return np.abs(pixels - np.array(colour)).max(axis=-1) <= by


def make_picture(image, faces, **more):
    height, width = image.shape[:2]
    return Picture("x/party.jpg", width, height, tuple(faces), "mien-s", FER2013, **more)


def test_bars_are_as_long_as_the_probabilities():
    pixels = drawn(make_tile(make_face()))
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    for expression, chance in zip(FER2013, CHANCES, strict=True):
        row = pixels[BARS[1] + STEP * expression.number + THICK // 2, BARS[0] : BARS[0] + BAR]
        length = int(near(row, expression.colour).sum())
        assert length == round(chance * BAR), expression
        assert near(row[:length], expression.colour).all()


def test_only_the_known_expressions_bar_is_framed():
    for truth in (None, FER2013["sad"]):
        pixels = drawn(make_tile(make_face(), truth=truth))
        edge = BARS[0] + BAR + 1
        framed = [
            bool(near(pixels[BARS[1] + STEP * place + THICK // 2, edge], INK)) for place in range(7)
        ]
        assert framed == [truth == expression for expression in FER2013]


def test_the_emoji_is_that_of_the_expression():
    for face, shown in (
        (make_face(), FER2013["angry"]),
        (make_face(sure=False), None),
    ):
        pixels = drawn(make_tile(face))
        found = np.array(emoji(shown, 52)).astype(int)
        whole = found[..., 3] == 255
        part = pixels[12:64, 186:238]
        assert np.array_equal(part[whole], found[..., :3][whole])


@pytest.mark.parametrize(("truth", "right"), [("angry", True), ("sad", False)])
def test_right_and_wrong_differ_in_sign_and_colour(truth, right):
    tile = make_tile(make_face(), truth=FER2013[truth])
    assert tile.right is right
    place = drawn(tile)[42:62, 250:270]
    assert near(place, RIGHT if right else WRONG).sum() > 100
    assert near(place, WRONG if right else RIGHT).sum() == 0
    # without colour they are told apart by their corners: a disc has none, a square has
    assert (verdict_mark(right, 20)[1, 1, 3] > 128) is np.bool_(not right)
    unknown = drawn(make_tile(make_face()))[42:62, 250:270]
    assert not (near(unknown, RIGHT) | near(unknown, WRONG)).any()


def test_a_missed_face_is_wrong_where_the_expression_is_known():
    assert make_tile(truth=FER2013["sad"]).right is False
    assert make_tile().right is None
    pixels = drawn(make_tile(truth=FER2013["sad"]))
    assert near(pixels[42:62, 186:206], WRONG).sum() > 100
    # no bars
    assert near(pixels[BARS[1] : -2, BARS[0] : BARS[0] + BAR], CARD).all()


def test_the_set_is_dotted():
    face = make_face(prediction_set=(FER2013["angry"], FER2013["disgust"]), coverage=0.9)
    pixels = drawn(make_tile(face))
    dots = [
        bool(near(pixels[BARS[1] + STEP * place + THICK // 2, BARS[0] - 10], INK))
        for place in range(7)
    ]
    assert dots == [True, True, *[False] * 5]


def test_a_face_is_cut_out_of_its_photo():
    image = np.zeros((100, 200, 3), np.uint8)
    image[30:50, 40:60] = (200, 10, 10)
    (tile,) = tiles_of(image, "party.jpg", make_picture(image, [make_face()]), FER2013["happy"])
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
    (tile,) = tiles_of(image, "x.jpg", make_picture(image, [make_face(box)]), None)
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
    tiles = tiles_of(image, "party.jpg", make_picture(image, faces), FER2013["sad"])
    assert [(tile.number, tile.faces, tile.right) for tile in tiles] == [
        (1, 2, False),
        (2, 2, None),
    ]


@pytest.mark.parametrize("size", [(300, 100), (100, 300), (1, 1), (1, 4000)])
def test_a_photo_without_a_face_is_shown_whole(size):
    image = np.full((*size, 3), 30, np.uint8)
    (tile,) = tiles_of(image, "bare.png", make_picture(image, []), None)
    assert tile.face is None
    shown = (tile.picture == 30).all(axis=2)
    shorter = max(1, round(PICTURE * min(size) / max(size)))
    assert sorted((shown.any(axis=0).sum(), shown.any(axis=1).sum())) == [shorter, PICTURE]


def own_tile(count, **more):
    classes = Vocabulary.named([f"class {number:02}" for number in range(count)])
    chances = np.arange(1, count + 1) / np.arange(1, count + 1).sum()
    return make_tile(make_face(chances=chances, classes=classes), **more), classes


@pytest.mark.parametrize(
    ("count", "height"), [(2, HEIGHT), (7, HEIGHT), (8, HEIGHT + STEP), (12, HEIGHT + 5 * STEP)]
)
def test_a_tile_grows_with_the_classes(count, height):
    tile, classes = own_tile(count)
    assert tile_height([make_tile(), tile]) == height
    pixels = np.asarray(draw_tile(tile, height)).astype(int)
    assert pixels.shape == (height, WIDTH, 3)
    for expression in classes:
        row = pixels[BARS[1] + STEP * expression.number + THICK // 2, BARS[0] : BARS[0] + BAR]
        length = round(float(tile.face.probabilities[expression.number]) * BAR)
        assert near(row[:length], expression.colour).all()
    # A margin below the last bar.
    assert near(pixels[-10:-2, 20:-20], CARD).all()


def test_of_many_classes_the_likeliest_and_the_known_one_are_shown():
    tile, classes = own_tile(15)
    height = tile_height([tile])
    assert height == HEIGHT + 5 * STEP
    pixels = np.asarray(draw_tile(tile, height)).astype(int)
    assert near(pixels[BARS[1] + THICK // 2, BARS[0]], classes[14].colour)
    last = pixels[BARS[1] + STEP * 11 : BARS[1] + STEP * 11 + THICK]
    # "+4 more" stands in the place of a bar.
    assert (last[:, 186:250].min(axis=2) < 160).any()
    assert near(last[:, BARS[0] :-2], CARD).all()
    known, _ = own_tile(15, truth=classes[0])
    framed = np.asarray(draw_tile(known, height)).astype(int)
    assert near(framed[BARS[1] + STEP * 10 + THICK // 2, BARS[0] + BAR + 1], INK)


def test_colour_crops_are_reduced_into_the_corner():
    crop = np.zeros((112, 112, 3), np.uint8)
    crop[:] = (200, 40, 10)
    pixels = drawn(make_tile(make_face(crop=crop)))[CORNER, CORNER]
    assert near(pixels[-48:, -48:], (200, 40, 10)).all()
    assert (pixels[:90, :90] == 90).all()
    narrow = drawn(make_tile(make_face(crop=crop[:, :56])))[CORNER, CORNER]
    assert near(narrow[-48:, -24:], (200, 40, 10)).all()
    assert (narrow[:, :110] == 90).all()


def test_long_names_do_not_run_into_the_bars():
    classes = Vocabulary.named(["a very long name " * 5, "b"])
    tile = make_tile(make_face(chances=[0.9, 0.1], classes=classes), truth=classes[1])
    pixels = drawn(tile)
    assert near(pixels[:, 418:430], CARD).mean() > 0.9
    left = bars_left(classes)
    assert left == BARS[0] + BAR - SHORTEST_BAR
    assert near(pixels[BARS[1] : BARS[1] + THICK, left - 14 : left - 3], CARD).all()
    row = pixels[BARS[1] + THICK // 2, left : BARS[0] + BAR]
    assert near(row, classes[0].colour).sum() == round(0.9 * SHORTEST_BAR)


def test_a_name_is_whole_where_there_is_room(monkeypatch):
    classes = Vocabulary.named(["wide awake", "very sleepy"])
    texts = []
    monkeypatch.setattr(module, "write", lambda _canvas, _spot, text, *_rest: texts.append(text))
    drawn(make_tile(make_face(chances=[0.9, 0.1], classes=classes)))
    assert {"wide awake", "very sleepy"} <= set(texts)
    assert BARS[0] < bars_left(classes) < BARS[0] + BAR - SHORTEST_BAR
    assert bars_left(FER2013) == BARS[0]


@pytest.mark.parametrize("colour", [(255, 255, 255), (229, 229, 225), (200, 200, 200)])
def test_a_bar_as_light_as_its_track_has_an_edge(colour):
    classes = Vocabulary.named(["a", "b"], colours={"a": colour})
    pixels = drawn(make_tile(make_face(chances=[0.75, 0.25], classes=classes)))
    row = pixels[BARS[1] + THICK // 2, BARS[0] : BARS[0] + BAR]
    (edges,) = np.nonzero(row.max(axis=1) < 150)
    assert edges.tolist() == [0, round(0.75 * BAR) - 1]


def test_a_doubtful_face_says_why():
    doubtful = make_tile(make_face(sure=False, doubt="small"))
    unsure = make_tile(make_face(sure=False))
    one, other = drawn(doubtful), drawn(unsure)
    # Another text beside the same emoji, and the same bars.
    assert (one[14:64, 250:] != other[14:64, 250:]).any()
    assert np.array_equal(one[BARS[1] :], other[BARS[1] :])
    assert np.array_equal(one[:, :248], other[:, :248])


def test_names_in_other_scripts_are_written(make_font):
    classes = Vocabulary.named(["Überraschung", "怒り"])
    tile = make_tile(make_face(chances=[0.4, 0.6], classes=classes))
    without = drawn(tile)
    make_font("NotoSansCJK-Regular.ttc", "怒り")
    written = drawn(tile)
    row = slice(BARS[1] + STEP, BARS[1] + STEP + THICK)
    assert (without[row, 186:250] != written[row, 186:250]).any()
    first = slice(BARS[1], BARS[1] + THICK)
    assert np.array_equal(without[first], written[first])
