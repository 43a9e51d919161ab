import dataclasses

import numpy as np
import pytest

import mien
from mien.errors import NetError, PictureError
from mien.perception.classifier import Classifier
from mien.perception.explain import explain
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


def test_a_map_covers_crops_of_any_shape(face):
    wide = dataclasses.replace(face, crop=np.zeros((60, 112, 3), np.uint8))
    coarse = np.zeros((3, 7))
    coarse[2, 0] = 1
    heat = explain(wide, Fake(coarse))
    assert heat.shape == (60, 112)
    assert heat[50, 4] == 1
    assert not heat[:20].any()


def test_the_shipped_network_looks_at_a_smile_to_call_it_happy(astronaut):
    reader = Reader()
    face = reader.read(astronaut)[0]
    assert face.expression.name == "happy"
    heat = reader.explain(face)
    np.testing.assert_array_equal(heat, mien.explain(face))
    # The mouth stands in the lower half of the frame.
    assert heat[28:44, 12:36].mean() > 2 * heat[:20].mean()


def test_a_network_without_a_map_is_one_sentence(net, face):
    with pytest.raises(NetError, match="tiny has no heat maps"):
        explain(face, net)


def test_a_face_without_a_crop_is_one_sentence(face):
    with pytest.raises(PictureError, match="a face with its crop"):
        explain(dataclasses.replace(face, crop=None))
