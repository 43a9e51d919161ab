from pathlib import Path

import numpy as np
import pytest

import mien
from mien.classes import FER2013
from mien.perception.face import Face
from mien.perception.picture import Picture

IMAGE = np.zeros((40, 50, 3), np.uint8)
FACE = Face(
    (10, 10, 20, 20), np.zeros((5, 2), np.float32), np.full(7, 1 / 7, np.float32), 0.9, FER2013
)
HEAT = np.zeros((48, 48), np.float32)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("party.jpg", r"expects a NumPy array as image, got 'party.jpg'"),
        (Path("party.jpg"), r"expects a NumPy array as image, got a \w*Path"),
        (None, r"expects a NumPy array as image, got None"),
        (IMAGE.astype(np.float32), r"got float32 \[40, 50, 3\]\. Its values are from 0 to 0"),
        (IMAGE[..., 0], r"got uint8 \[40, 50\]\. Repeat gray three times"),
        (np.zeros((4, 4, 4), np.uint8), r"got uint8 \[4, 4, 4\]\. Leave out the opacity"),
        (IMAGE.astype(np.uint16), r"got uint16 \[40, 50, 3\]\. Its values are from 0 to 0"),
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
        (None, "expects a list of Face objects as faces, got None"),
        ("abc", "expects a list of Face objects as faces, got 'abc'"),
        ([None], r"expects a list of Face objects as faces, got \[None\]"),
        (FACE, "Put it into a list"),
    ],
)
def test_what_is_no_face_is_refused_in_a_sentence(faces, words):
    with pytest.raises(mien.MienError, match=words):
        mien.draw(IMAGE, faces)


def test_faces_of_a_picture_of_another_size_are_refused():
    picture = Picture("a.jpg", 50, 40, (FACE,), "mien-s", FER2013)
    assert mien.draw(IMAGE, picture).shape[1] % 50 == 0
    for image in (IMAGE[:20, :30], np.zeros((50, 40, 3), np.uint8)):
        with pytest.raises(mien.MienError, match="of 50 x 40 pixels, but the image has"):
            mien.draw(image, picture)
    # Faces alone may be of any part.
    assert mien.draw(IMAGE[:30, :40], list(picture)).ndim == 3


@pytest.mark.parametrize(
    ("face", "heat", "words"),
    [
        ([FACE], HEAT, "mien.overlay expects a Face as face, got"),
        (FACE, None, "expects a NumPy array as heat, got None"),
        (FACE, HEAT.astype(np.uint8), r"heat map .* got uint8 \[48, 48\]"),
        (FACE, HEAT[None], r"got float32 \[1, 48, 48\]"),
    ],
)
def test_overlay_wants_a_face_and_a_map(face, heat, words):
    with pytest.raises(mien.MienError, match=words):
        mien.overlay(IMAGE, face, heat)


@pytest.mark.parametrize(
    ("heats", "words"),
    [
        ([], "for each of 1 faces, got 0"),
        (3, "expects a list of NumPy array objects or None as heats, got 3"),
        ([HEAT[0]], r"heat map .* got float32 \[48\]"),
    ],
)
def test_there_is_a_heat_map_for_each_face(heats, words):
    with pytest.raises(mien.MienError, match=words):
        mien.draw(IMAGE, [FACE], heats)


def test_a_contact_sheet_is_of_pictures():
    with pytest.raises(mien.MienError, match="mien.contact_sheet expects a list of .* got None"):
        mien.contact_sheet(None)
