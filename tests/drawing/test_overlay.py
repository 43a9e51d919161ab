import dataclasses

import cv2
import numpy as np
import pytest

from mien.classes import FER2013
from mien.drawing.overlay import STRENGTH, overlay
from mien.models.info import FER2013_FRAME
from mien.perception.face import Face


@pytest.fixture(scope="module")
def face():
    """A face whose crop lies at x 100 to 196, y 200 to 296, at twice its size."""
    landmarks = (np.array(FER2013_FRAME) * 96 + (100, 200)).astype(np.float32)
    return Face((100, 200, 96, 96), landmarks, np.full(7, 1 / 7, np.float32), 0.9, FER2013)


def test_overlay_lies_where_the_face_is(face):
    gray = np.full((512, 512, 3), 100, np.uint8)
    heat = np.zeros((48, 48), np.float32)
    heat[14:22, 30:36] = 1  # about the person's left eye
    changed = np.abs(overlay(gray, face, heat).astype(int) - gray).sum(axis=2) > 20
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


def test_overlay_follows_the_frame_and_shape_of_the_crop(face):
    frame = tuple((x, y / 2 + 0.5) for x, y in FER2013_FRAME)
    lower = dataclasses.replace(face, frame=frame)
    # The crop is twice as high: 96 x 192 pixels from x 100, y 104.
    heat = np.zeros((96, 48), np.float32)
    heat[-8:] = 1
    gray = np.full((512, 512, 3), 100, np.uint8)
    rows, columns = np.nonzero(np.abs(overlay(gray, lower, heat).astype(int) - 100).sum(axis=2))
    assert (columns.min(), columns.max()) == pytest.approx((100, 196), abs=3)
    assert (rows.min(), rows.max()) == pytest.approx((280, 296), abs=3)
