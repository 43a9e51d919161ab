from pathlib import Path

import numpy as np
import pytest

import mien
from mien.classes import FER2013
from mien.perception.face import Face

IMAGE = np.zeros((40, 50, 3), np.uint8)
FACE = Face(
    (10, 10, 20, 20), np.zeros((5, 2), np.float32), np.full(7, 1 / 7, np.float32), 0.9, FER2013
)
HEAT = np.zeros((48, 48), np.float32)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("party.jpg", r"got a str\. Pass the pixels"),
        (Path("party.jpg"), r"got a \w*Path\. Pass the pixels"),
        (None, r"got None\. Convert it with numpy\.asarray"),
        ([[1, 2]], r"got a list\. Convert"),
        (IMAGE.astype(np.float32), r"got float32 \[40, 50, 3\]\. Scale it to 0 to 255"),
        (IMAGE[..., 0], r"got uint8 \[40, 50\]\. Repeat gray three times"),
        (np.zeros((4, 4, 4), np.uint8), r"got uint8 \[4, 4, 4\]\. Leave out the opacity"),
        (IMAGE.astype(np.uint16), r"got uint16 \[40, 50, 3\]\. Convert it to RGB"),
        (IMAGE[:0], r"got uint8 \[0, 50, 3\]"),
    ],
)
def test_what_is_no_array_of_pixels_is_refused_in_a_sentence(image, words):
    with pytest.raises(mien.MienError, match=words):
        mien.draw(image, [FACE])
    with pytest.raises(mien.MienError, match=words):
        mien.overlay(image, FACE, HEAT)


@pytest.mark.parametrize(
    ("faces", "words"),
    [
        (None, "Expected the faces of a picture, got None"),
        ("abc", "Expected the faces of a picture, got a str"),
        (3, "Expected the faces of a picture, got a int"),
        ([None], "Expected a face, got None"),
        ([(1, 2, 3, 4)], "Expected a face, got a tuple"),
    ],
)
def test_what_is_no_face_is_refused_in_a_sentence(faces, words):
    with pytest.raises(mien.MienError, match=words):
        mien.draw(IMAGE, faces)


def test_overlay_wants_a_face_and_a_map():
    with pytest.raises(mien.MienError, match="Expected a face, got a list"):
        mien.overlay(IMAGE, [FACE], HEAT)
    with pytest.raises(mien.MienError, match="Expected a heat map as array .* got None"):
        mien.overlay(IMAGE, FACE, None)
    with pytest.raises(mien.MienError, match=r"got uint8 \[48, 48\]"):
        mien.overlay(IMAGE, FACE, HEAT.astype(np.uint8))


@pytest.mark.parametrize(
    ("heats", "words"),
    [([], "for each of 1 faces, got 0"), (3, "got a int"), ([None], "heat map .* got None")],
)
def test_there_is_a_heat_map_for_each_face(heats, words):
    with pytest.raises(mien.MienError, match=words):
        mien.draw(IMAGE, [FACE], heats)


def test_one_face_alone_may_be_drawn():
    np.testing.assert_array_equal(mien.draw(IMAGE, FACE), mien.draw(IMAGE, [FACE]))
