import dataclasses

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.classes import FER2013, Vocabulary
from mien.drawing import annotate as module
from mien.drawing.annotate import draw
from mien.drawing.labels import box_of, draw_leader, draw_plate, label_of
from mien.drawing.placing import Place
from mien.drawing.text import is_light
from mien.perception.face import Face


def face(box, expression=FER2013["happy"], sure=True):
    chances = np.full(7, 0.01, np.float32)
    chances[expression.number] = 0.94
    return Face(box, np.zeros((5, 2), np.float32), chances, 0.9, FER2013, sure=sure)


def near(image, colour):
    """Where an image has about a colour."""
    return np.abs(image.astype(int) - colour).max(axis=2) < 12


@pytest.mark.parametrize("expression", list(FER2013))
def test_box_and_label_have_the_expressions_colour(expression):
    blank = np.full((400, 600, 3), 128, np.uint8)
    drawn = draw(blank, [face((200, 150, 100, 120), expression)])
    assert drawn.shape == blank.shape
    assert (blank == 128).all()
    rows, columns = np.nonzero(near(drawn, expression.colour))
    assert columns.min() < 215
    assert rows.max() >= 265
    assert near(drawn, expression.colour)[150:271, 199:203].any(axis=1).mean() > 0.8
    # inside the box nothing is drawn
    assert (drawn[170:250, 220:280] == 128).all()
    # the label stands above
    assert near(drawn, expression.colour)[100:148].sum() > 500


def test_face_that_is_not_sure_is_gray_and_dashed():
    blank = np.full((400, 600, 3), 255, np.uint8)
    drawn = draw(blank, [face((200, 150, 100, 120), sure=False)])
    assert not near(drawn, FER2013["happy"].colour).any()
    share = (drawn[165:255, 199:202] != 255).any(axis=(1, 2)).mean()
    assert 0.3 < share < 0.8


def test_no_face_leaves_a_copy():
    image = np.arange(300, dtype=np.uint8).reshape(10, 10, 3)
    drawn = draw(image, [])
    np.testing.assert_array_equal(drawn, image)
    assert drawn is not image


@pytest.mark.parametrize(
    ("shape", "expected"), [((48, 48), (336, 336)), ((48, 20), (336, 140)), ((512, 90), (512, 90))]
)
def test_small_picture_is_enlarged_by_a_whole_number(shape, expected):
    drawn = draw(np.zeros((*shape, 3), np.uint8), [face((4, 4, 14, 30))])
    assert drawn.shape[:2] == expected


def layout(faces, size=(640, 480), heated=False):
    return module._Layout.of(faces, np.full((size[1], size[0], 3), 128, np.uint8), heated)


def text_of(face):
    return label_of(face, 30, 640).text


@st.composite
def crowds(draw):
    """A picture with 1 to 40 faces, also at its borders and beyond, some unsure or doubtful."""
    size = draw(st.tuples(st.integers(320, 1600), st.integers(60, 1600)))
    faces = []
    for _ in range(draw(st.integers(1, 40))):
        side = draw(st.floats(4, 400))
        x, y = (draw(st.floats(-side / 2, length - side / 2)) for length in size)
        box = (x, y, side, side * draw(st.floats(0.8, 1.4)))
        shown = face(box, FER2013[draw(st.integers(0, 6))], draw(st.booleans()))
        faces.append(dataclasses.replace(shown, doubt=draw(st.sampled_from([None, "small"]))))
    return size, faces


@given(crowds(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_every_face_has_a_label_that_covers_nothing(crowd, heated):
    (width, height), faces = crowd
    laid = layout(faces, (width, height), heated)
    placed = [place.box for place in laid.places if place is not None]
    assert len(placed) + len(laid.strip.labels) == len(faces)
    boxes = [module._clipped(box_of(one), (width, height)) for one in faces]
    boxes += [laid.legend.box] if laid.legend is not None else []
    for number, one in enumerate(placed):
        assert min(one[0], one[1]) >= 0
        assert one[2] <= width
        assert one[3] <= height
        assert all(module._shared(one, other) == 0 for other in [*boxes, *placed[:number]])
    # What stands below lies in the strip, and its number in the picture unless it is alone.
    for label, number in zip(laid.strip.labels, laid.strip.numbers, strict=True):
        assert label.width <= width
        assert faces[number - 1 if number else 0] is label.face
    assert len(laid.numbers) == (len(laid.strip.labels) if len(faces) > 1 else 0)
    half = laid.number_height / 2
    for x, y in laid.numbers.values():
        assert half - 1e-6 <= x <= width - half + 1e-6
        assert half - 1e-6 <= y <= height - half + 1e-6


@pytest.mark.parametrize(
    "box", [(0, 0, 640, 480), (-5, -5, 30, 30), (620, 460, 20, 20), (0, 200, 9, 9), (300, 0, 0, 0)]
)
def test_a_face_anywhere_is_drawn(box):
    image = np.full((480, 640, 3), 128, np.uint8)
    drawn = draw(image, [face(box)])
    # A face that fills the picture has its label below, where no number is needed.
    assert (drawn.shape[0] > 480) == (box == (0, 0, 640, 480))
    assert drawn.shape[1:] == (640, 3)
    assert near(drawn, FER2013["happy"].colour).sum() > 500


def test_of_several_faces_the_label_below_and_its_face_have_a_number():
    image = np.full((480, 640, 3), 128, np.uint8)
    whole = face((0, 0, 640, 480), FER2013["sad"])
    laid = layout([whole, face((300, 200, 60, 70))])
    assert laid.strip.numbers == [1, 2]
    assert [label.text for label in laid.strip.labels] == ["sad 94%", "happy 94%"]
    assert list(laid.numbers) == [0, 1]
    drawn = draw(image, [whole, face((300, 200, 60, 70))])
    assert drawn.shape[0] == 480 + laid.strip.height
    x, y = (round(value) for value in laid.numbers[0])
    disc = drawn[max(0, y - 8) : y + 8, max(0, x - 8) : x + 8]
    assert near(disc, FER2013["sad"].colour).sum() > 60


def test_labels_of_25_faces_stand_in_the_picture_at_a_legible_size():
    crowd = [face((40 + 120 * i, 30 + 90 * j, 50, 60)) for i in range(5) for j in range(5)]
    laid = layout(crowd)
    assert None not in laid.places
    assert min(label.height for label in laid.labels) >= 20


def test_labels_are_as_large_in_a_larger_picture():
    for scale in (1, 2, 4):
        laid = layout([face((100 * scale, 100 * scale, 90 * scale, 99 * scale))],
                      (640 * scale, 480 * scale))  # fmt: skip
        assert laid.labels[0].height == pytest.approx(32 * scale, abs=scale)


def test_label_is_legible_beside_a_tiny_face():
    laid = layout([face((100, 100, 8, 9))], (1920, 1440))
    assert laid.labels[0].height >= 40
    assert laid.labels[0].text == "happy 94%"


def test_edges_are_smooth():
    drawn = draw(np.full((400, 600, 3), 255, np.uint8), [face((200.4, 150.3, 100, 120))])
    across = drawn[210, 190:215, 2].astype(int)
    assert len(set(across.tolist())) > 4
    levels = np.unique(drawn[100:150, 190:330, 2])
    assert len(levels) > 60


@pytest.mark.parametrize("doubt", ["small", "dark", "turned"])
def test_a_doubtful_face_says_why(doubt):
    doubtful = dataclasses.replace(face((200, 150, 100, 120), sure=False), doubt=doubt)
    assert text_of(doubtful) == f"unsure: {doubt}"
    drawn = draw(np.full((400, 600, 3), 255, np.uint8), [doubtful])
    assert not near(drawn, FER2013["happy"].colour).any()


HEAT = np.zeros((48, 48), np.float32)
HEAT[20:30, 20:30] = 1


def heated(box):
    x, y, w, h = box
    landmarks = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.75], [0.65, 0.75]])
    return dataclasses.replace(
        face(box), landmarks=(landmarks * (w, h) + (x, y)).astype(np.float32)
    )


def test_heat_maps_have_one_legend_clear_of_faces():
    image = np.full((480, 640, 3), 128, np.uint8)
    faces = [heated((200, 150, 100, 120)), heated((400, 150, 100, 120))]
    plain, warm = draw(image, faces), draw(image, faces, [HEAT, HEAT])
    assert plain.shape == warm.shape
    changed = (plain != warm).any(axis=2)
    assert changed[180:250, 220:280].any()
    assert changed[180:250, 420:480].any()
    # At the left below there is the legend: from violet to yellow.
    bar = warm[440:, :200]
    assert near(bar, (255, 240, 90)).any()
    assert near(bar, (94, 60, 153)).any()


def test_without_a_free_corner_the_legend_stands_below():
    image = np.full((480, 640, 3), 128, np.uint8)
    alone = heated((0, 0, 640, 480))
    plain, warm = draw(image, [alone]), draw(image, [alone], [HEAT])
    assert warm.shape[0] > plain.shape[0] + 10
    assert near(warm[plain.shape[0] :], (255, 240, 90)).any()


def test_text_is_dark_on_light_and_light_on_dark():
    assert is_light(FER2013["happy"].colour)
    assert not is_light(FER2013["sad"].colour)


@pytest.mark.parametrize(
    ("names", "sure", "text"),
    [
        ("happy", True, "happy"),
        ("happy sad", True, "happy or sad"),
        ("happy sad", False, "happy or sad?"),
        ("happy sad fear", True, "happy or 2 others"),
    ],
)
def test_a_set_stands_in_the_place_of_the_confidence(names, sure, text):
    chosen = tuple(FER2013[name] for name in names.split())
    asked = dataclasses.replace(face((200, 150, 100, 120), sure=sure), prediction_set=chosen)
    assert text_of(asked) == text


def test_own_classes_are_drawn_in_their_colour_with_their_names():
    classes = Vocabulary.named(["Ärger", "日本"], colours={"Ärger": (10, 120, 240)})
    own = dataclasses.replace(
        face((200, 150, 100, 120)), probabilities=np.array([0.6, 0.4], np.float32),
        vocabulary=classes,
    )
    assert text_of(own) == "Ärger 60%"
    drawn = draw(np.full((400, 600, 3), 128, np.uint8), [own])
    assert near(drawn, (10, 120, 240))[150:271, 199:203].any(axis=1).mean() > 0.8
    other = dataclasses.replace(own, probabilities=np.array([0.4, 0.6], np.float32))
    assert text_of(other) == "class 1 60%"
    both = dataclasses.replace(other, prediction_set=(classes[1], classes[0]))
    assert text_of(both) == "any of the 2"


def test_a_long_name_loses_its_middle_and_keeps_its_confidence():
    name = "a very long class name that goes on and on and on"
    classes = Vocabulary.named([name, "b"])
    long = dataclasses.replace(
        face((200, 150, 100, 120)), probabilities=np.array([0.6, 0.4], np.float32),
        vocabulary=classes,
    )
    label = label_of(long, 30, 640)
    assert label.width <= 30 * 13
    assert label.text.startswith("a very")
    assert "…" in label.text
    assert label.text.endswith("and on 60%")
    assert label_of(long, 30, 200).width <= 200


@pytest.mark.parametrize("end", [(180, 180), (360, 40), (250, 200), (120, 112), (400, 130)])
def test_a_line_reaches_its_label(end):
    one = face((0, 0, 10, 10))
    label = label_of(one, 24, 400)
    box = (200, 100, 200 + label.width, 124)
    start = (min(max(end[0], box[0]), box[2]), min(max(end[1], box[1]), box[3]))
    blank = np.full((300, 420, 3), 255, np.uint8)
    plate, line = blank.copy(), blank.copy()
    draw_plate(plate, label, *box[:2])
    draw_leader(line, one, Place(box, (start, end)), 2)
    plate, line = ((drawn != 255).any(axis=2) for drawn in (plate, line))
    # Line and plate are one piece, and the line goes well under the plate.
    assert cv2.connectedComponents((line | plate).astype(np.uint8))[0] == 2
    assert (line & plate).sum() > 20
