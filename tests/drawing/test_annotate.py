import dataclasses

import numpy as np
import pytest

from mien.classes import FER2013, Vocabulary
from mien.drawing import annotate as module
from mien.drawing.annotate import draw
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


@pytest.mark.parametrize(
    "box", [(0, 0, 640, 480), (-5, -5, 30, 30), (620, 460, 20, 20), (0, 200, 9, 9), (300, 0, 0, 0)]
)
def test_label_stays_inside_the_picture(box):
    ((_, place),) = module._placed([face(box)], (640, 480))
    assert place[0] >= 0
    assert place[1] >= 0
    assert place[2] <= 640
    assert place[3] <= 480


def test_labels_of_a_crowd_do_not_overlap():
    crowd = [face((40 + 95 * i, 100 + 110 * j, 50, 60)) for i in range(6) for j in range(3)]
    placed = [place for _, place in module._placed(crowd, (640, 480))]
    for i, one in enumerate(placed):
        assert all(module._shared(one, other) == 0 for other in placed[:i])
        assert all(module._shared(one, module._corners(other)) == 0 for other in crowd)


def test_label_is_legible_beside_a_tiny_face():
    ((tag, _),) = module._placed([face((100, 100, 8, 9))], (1920, 1440))
    assert tag.height >= 40
    assert tag.text == "happy 94%"


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
    ((tag, place),) = module._placed([asked], (640, 480))
    assert tag.text == text
    assert place[2] <= 640


def test_own_classes_are_drawn_in_their_colour_with_their_names():
    classes = Vocabulary.named(["Ärger", "日本"], colours={"Ärger": (10, 120, 240)})
    own = dataclasses.replace(
        face((200, 150, 100, 120)), probabilities=np.array([0.6, 0.4], np.float32),
        vocabulary=classes,
    )
    ((tag, _),) = module._placed([own], (640, 480))
    assert tag.text == "Ärger 60%"
    drawn = draw(np.full((400, 600, 3), 128, np.uint8), [own])
    assert near(drawn, (10, 120, 240))[150:271, 199:203].any(axis=1).mean() > 0.8
    other = dataclasses.replace(own, probabilities=np.array([0.4, 0.6], np.float32))
    ((tag, _),) = module._placed([other], (640, 480))
    assert tag.text == "class 1 60%"
