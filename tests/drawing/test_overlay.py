import dataclasses

import numpy as np
import pytest

from mien.classes import FER2013
from mien.drawing.overlay import STRENGTH, heat_colours, lay_over, overlay
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
    changed = np.abs(lay_over(gray, face, heat).astype(int) - gray).sum(axis=2) > 20
    rows, columns = np.nonzero(changed)
    left_eye = face.landmarks[1]
    assert abs(columns.mean() - left_eye[0]) < 4
    assert abs(rows.mean() - left_eye[1]) < 4
    assert changed.mean() < 0.01


def test_overlay_blends_by_its_strength(face):
    gray = np.full((512, 512, 3), 100, np.uint8)
    drawn = overlay(gray, face, np.ones((48, 48), np.float32))
    x, y = np.rint(face.landmarks[2]).astype(int)
    # The lighter the picture is, the lighter the colour lies on it.
    hottest = np.array([255, 240, 90]) * (0.65 + 0.35 * 100 / 255)
    np.testing.assert_allclose(drawn[y, x], 100 * (1 - STRENGTH) + STRENGTH * hottest, atol=1)
    assert (drawn[0, 0] == 100).all()


def test_the_stronger_a_place_is_the_lighter_and_warmer_it_is(face):
    shades = heat_colours(np.linspace(0, 1, 50, dtype=np.float32))
    light = shades @ (0.299, 0.587, 0.114)
    assert (np.diff(light) > 0).all()
    gray = np.full((512, 512, 3), 120, np.uint8)
    heat = np.zeros((48, 48), np.float32)
    for column, strength in enumerate(np.linspace(0, 1, 48)):
        heat[:, column] = strength
    _, y = np.rint(face.landmarks[2]).astype(int)
    row = overlay(gray, face, heat)[y, 105:192].astype(int)
    brightness = row @ (0.299, 0.587, 0.114)
    assert brightness.argmax() > 80
    assert brightness.max() > 1.3 * 120
    # It is far from being a hole.
    assert brightness.min() > 70
    warmth = row[:, 0] - row[:, 2]
    assert warmth.argmax() > 60


def test_the_face_stays_visible_under_the_strongest_place(face):
    checks = np.indices((512, 512)).sum(axis=0) // 8 % 2 * 120 + 60
    image = np.repeat(checks[..., None], 3, axis=2).astype(np.uint8)
    drawn = overlay(image, face, np.ones((48, 48), np.float32)).astype(int)
    x, y = np.rint(face.landmarks[2]).astype(int)
    part = drawn[y - 16 : y + 16, x - 16 : x + 16].mean(axis=2)
    assert part.max() - part.min() > 50


def test_the_legend_stands_in_a_corner_that_the_face_leaves_free(face):
    gray = np.full((512, 512, 3), 100, np.uint8)
    nothing = np.zeros((48, 48), np.float32)
    drawn = overlay(gray, face, nothing)
    rows, columns = np.nonzero((drawn != gray).any(axis=2))
    assert rows.min() > 460
    assert columns.max() < 256
    lower = dataclasses.replace(face, box=(0, 300, 300, 212))
    rows, columns = np.nonzero((overlay(gray, lower, nothing) != gray).any(axis=2))
    assert rows.min() > 460
    assert columns.min() > 300
    whole = dataclasses.replace(face, box=(0, 0, 512, 512))
    assert (overlay(gray, whole, nothing) == gray).all()


def test_overlay_follows_the_frame_and_shape_of_the_crop(face):
    frame = tuple((x, y / 2 + 0.5) for x, y in FER2013_FRAME)
    lower = dataclasses.replace(face, frame=frame)
    # The crop is twice as high: 96 x 192 pixels from x 100, y 104.
    heat = np.zeros((96, 48), np.float32)
    heat[-8:] = 1
    gray = np.full((512, 512, 3), 100, np.uint8)
    rows, columns = np.nonzero(np.abs(lay_over(gray, lower, heat).astype(int) - 100).sum(axis=2))
    assert (columns.min(), columns.max()) == pytest.approx((100, 196), abs=3)
    assert (rows.min(), rows.max()) == pytest.approx((280, 296), abs=3)


@pytest.mark.parametrize("strength", [0.05, 0.3, 1.0])
def test_heat_fades_towards_the_edge_of_the_crop(face, strength):
    white = np.full((512, 512, 3), 255, np.uint8)
    warm = lay_over(white, face, np.full((48, 48), strength, np.float32)).astype(int)
    tint = 255 - warm.min(axis=2)
    # The crop lies at x 100 to 196, y 200 to 296: no step at its edge, whatever is in it.
    inner = tint[248, 148]
    steps = np.abs(np.diff(tint[248]))
    assert steps.max() <= max(3, inner / 3)
    assert tint[:, :98].max() == 0
    assert tint[248, 98:102].max() <= max(3, inner / 2)
    assert tint[198:202, 148].max() <= max(3, inner / 2)


def test_faint_heat_is_no_place(face):
    white = np.full((512, 512, 3), 255, np.uint8)
    warm = lay_over(white, face, np.full((48, 48), 0.04, np.float32)).astype(int)
    assert 255 - warm.min() <= 4
