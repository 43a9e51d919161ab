import cv2
import numpy as np
import pytest

from mien.perception.appearance import LENGTH, SMALLEST, describe
from mien.perception.detector import Detection, FaceFinder


@pytest.fixture(scope="module")
def face(astronaut):
    (detection,) = FaceFinder().find(astronaut)
    return detection


def moved(face, scale=1.0, x=0.0, y=0.0):
    left, top, width, height = (scale * value for value in face.box)
    return Detection(
        (left + x, top + y, width, height),
        (face.landmarks * scale + [x, y]).astype(np.float32), face.score,
    )


def distance(one, other):
    return 1 - float(one @ other)


def test_descriptions_have_length_1(astronaut, face):
    looks = describe(astronaut, [face, face])
    assert looks.shape == (2, LENGTH)
    assert looks.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(looks, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(looks[0], looks[1])


def test_nothing_is_described_of_nobody(astronaut):
    assert describe(astronaut, []).shape == (0, LENGTH)


@pytest.mark.parametrize("scale", [0.6, 2.0])
def test_size_hardly_changes_looks(astronaut, face, scale):
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=method)
    (before,), (after,) = describe(astronaut, [face]), describe(resized, [moved(face, scale)])
    assert distance(before, after) < 0.02


def test_light_turn_and_what_passes_behind_hardly_change_looks(astronaut, face):
    (before,) = describe(astronaut, [face])
    dark = (astronaut * 0.6).astype(np.uint8)
    assert distance(before, describe(dark, [face])[0]) < 0.02
    matrix = cv2.getRotationMatrix2D((225, 120), 30, 1)
    turned = cv2.warpAffine(astronaut, matrix, (512, 512))
    landmarks = face.landmarks @ matrix[:, :2].T + matrix[:, 2]
    there = Detection(face.box, landmarks.astype(np.float32), face.score)
    assert distance(before, describe(turned, [there])[0]) < 0.02
    behind = astronaut.copy()
    behind[:, :150], behind[:, 300:] = 0, (250, 60, 60)
    assert distance(before, describe(behind, [face])[0]) < 0.01


def test_other_features_and_colours_differ(astronaut, face):
    (before,) = describe(astronaut, [face])
    upside_down = np.ascontiguousarray(astronaut[::-1, ::-1])
    blue = np.ascontiguousarray(astronaut[..., ::-1])
    assert distance(before, describe(upside_down, [face])[0]) > 0.2
    assert distance(before, describe(blue, [face])[0]) > 0.25


def test_small_faces_are_not_described(astronaut, face):
    scale = (SMALLEST - 1) / min(face.box[2:])
    small = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert not describe(small, [moved(face, scale)]).any()


@pytest.mark.parametrize("x, y", [(-180, 0), (300, 0), (0, -100), (0, 420), (-400, -400)])
def test_faces_at_the_edge_are_described(astronaut, face, x, y):
    (looks,) = describe(astronaut, [moved(face, x=x, y=y)])
    assert np.isfinite(looks).all()


def test_gray_and_uniform_pictures_are_described(face):
    looks = describe(np.full((512, 512, 3), 128, np.uint8), [face])
    assert np.isfinite(looks).all()
