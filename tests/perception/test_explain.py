import dataclasses

import cv2
import numpy as np
import pytest

import mien
from mien.errors import NetError, PictureError
from mien.perception.classifier import Classifier
from mien.perception.explain import STRENGTH, explain, overlay
from mien.perception.reader import Reader


class Fake(Classifier):
    """Gives the map that it is told to."""

    def __init__(self, coarse):
        self.coarse = np.asarray(coarse, np.float32)

    def maps(self, crops, batch=64):
        return np.stack([self.coarse] * len(crops))


@pytest.fixture(scope="module")
def face(net, astronaut):
    return Reader(net).read(astronaut)[0]


def test_a_face_keeps_the_crop_that_the_network_saw(net, face):
    assert face.crop.shape == (48, 48)
    np.testing.assert_array_equal(
        Classifier(net).probabilities(face.crop[None])[0], face.probabilities
    )


def test_the_strongest_place_is_1_and_what_speaks_against_is_0(face):
    coarse = np.full((6, 6), -3.0)
    coarse[4, 1] = 2.5
    heat = explain(face, Fake(coarse))
    assert heat.shape == (48, 48)
    assert heat.dtype == np.float32
    assert heat.max() == 1
    assert np.unravel_index(heat.argmax(), heat.shape)[0] // 8 == 4
    assert np.unravel_index(heat.argmax(), heat.shape)[1] // 8 == 1
    assert not heat[:24].any()
    assert not heat[:, 32:].any()


def test_a_map_without_any_reason_is_0_throughout(face):
    assert not explain(face, Fake(np.full((6, 6), -1.0))).any()


def test_overlay_lies_where_the_face_is(astronaut, face):
    heat = np.zeros((48, 48), np.float32)
    heat[14:22, 30:36] = 1  # about the person's left eye
    changed = np.abs(overlay(astronaut, face, heat).astype(int) - astronaut).sum(axis=2) > 20
    rows, columns = np.nonzero(changed)
    left_eye = face.landmarks[1]
    assert abs(columns.mean() - left_eye[0]) < 4
    assert abs(rows.mean() - left_eye[1]) < 4
    assert changed.mean() < 0.01


def test_overlay_blends_by_its_strength(face):
    gray = np.full((512, 512, 3), 100, np.uint8)
    drawn = overlay(gray, face, np.ones((48, 48), np.float32))
    x, y = np.rint(face.landmarks[2]).astype(int)
    hottest = cv2.applyColorMap(np.full((1, 1), 255, np.uint8), cv2.COLORMAP_INFERNO)[0, 0, ::-1]
    np.testing.assert_allclose(drawn[y, x], 100 * (1 - STRENGTH) + STRENGTH * hottest, atol=1)
    assert (drawn[0, 0] == 100).all()


def test_the_shipped_network_looks_at_a_smile_to_call_it_happy(astronaut):
    reader = Reader()
    face = reader.read(astronaut)[0]
    assert face.expression.name == "happy"
    heat = reader.explain(face)
    np.testing.assert_array_equal(heat, mien.explain(face))
    # The mouth stands in the lower half of the frame.
    assert heat[28:44, 12:36].mean() > 2 * heat[:20].mean()


def test_a_network_without_a_map_is_one_sentence(net, face):
    with pytest.raises(NetError, match="tiny gives no map"):
        explain(face, net)


def test_a_face_without_a_crop_is_one_sentence(face):
    with pytest.raises(PictureError, match="a face with its crop"):
        explain(dataclasses.replace(face, crop=None))
