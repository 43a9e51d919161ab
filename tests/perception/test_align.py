import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.models.info import FER2013_FRAME, InputSpec
from mien.perception.align import align, frame_points, similarity

FRAME = np.array(FER2013_FRAME)


def turned(angle, scale, shift=(0.0, 0.0)):
    """Matrix [2, 3] of a turn in radians, a scale and a shift."""
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]]])


def moved(points, matrix):
    return points @ matrix[:, :2].T + matrix[:, 2]


ANGLES = st.floats(-3.1, 3.1)
SCALES = st.floats(0.05, 20)
SHIFTS = st.tuples(st.floats(-500, 500), st.floats(-500, 500))


@given(ANGLES, SCALES, SHIFTS)
def test_similarity_recovers_an_exact_one(angle, scale, shift):
    matrix = turned(angle, scale, shift)
    points = FRAME * 48
    np.testing.assert_allclose(similarity(points, moved(points, matrix)), matrix, atol=1e-6)


def test_similarity_by_hand():
    # a square turned by a quarter, doubled, and shifted by (10, 0)
    square = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    target = np.array([(10.0, 0.0), (10.0, 2.0), (8.0, 2.0), (8.0, 0.0)])
    np.testing.assert_allclose(similarity(square, target), [[0, -2, 10], [2, 0, 0]], atol=1e-12)


@given(st.integers(0, 2**32 - 1))
def test_no_other_similarity_is_nearer(seed):
    rng = np.random.default_rng(seed)
    source, target = rng.normal(size=(2, 5, 2))
    best = similarity(source, target)
    error = np.square(moved(source, best) - target).sum()
    for _ in range(20):
        a, b, x, y = rng.normal(0, 0.05, 4)
        other = best + np.array([[a, -b, x], [b, a, y]])
        assert np.square(moved(source, other) - target).sum() >= error - 1e-9
    # without reflection: the determinant is positive
    assert np.linalg.det(best[:, :2]) > 0


def landmarks_of(matrix, size):
    """Landmarks of a face that stands in a picture as the matrix maps FRAME * size."""
    return moved(FRAME * size, matrix).astype(np.float32)


def test_crop_of_an_already_framed_face_is_that_face():
    from skimage import data

    face = data.astronaut()[60:204, 152:296]  # 144 x 144
    crop = align(face, (FRAME * 144).astype(np.float32))
    gray = face @ np.array([0.299, 0.587, 0.114])
    mean = gray.reshape(48, 3, 48, 3).mean(axis=(1, 3))
    assert crop.shape == (48, 48)
    assert crop.dtype == np.uint8
    # the border differs, since resampling looks one pixel beyond the picture
    assert np.abs(crop[1:-1, 1:-1] - mean[1:-1, 1:-1]).mean() < 2.5


def smooth_picture():
    """A picture of slow waves, 300 x 300, and a function that gives it at any place."""

    def waves(x, y):
        level = 128 + 50 * np.sin(x / 17) + 40 * np.cos(y / 13 + x / 41)
        return np.repeat(np.rint(level).astype(np.uint8)[..., None], 3, axis=2)

    return waves


@settings(max_examples=40, deadline=None)
@given(ANGLES, st.floats(0.4, 3))
def test_turned_and_scaled_picture_gives_the_same_crop(angle, scale):
    waves = smooth_picture()
    y, x = np.mgrid[0:300, 0:300] + 0.5
    face = landmarks_of(turned(0.1, 1.5, (100, 95)), 48)
    middle = face.mean(axis=0)
    # where each pixel of the turned copy comes from
    back = turned(-angle, 1 / scale)
    side = int(300 * max(scale, 1))
    v, u = np.mgrid[0:side, 0:side] + 0.5
    offset = np.array([side / 2, side / 2])
    fx = back[0, 0] * (u - offset[0]) + back[0, 1] * (v - offset[1]) + middle[0]
    fy = back[1, 0] * (u - offset[0]) + back[1, 1] * (v - offset[1]) + middle[1]
    forth = turned(angle, scale)
    other = ((face - middle) @ forth[:, :2].T + offset).astype(np.float32)
    one, two = align(waves(x, y), face), align(waves(fx, fy), other)
    assert np.abs(one.astype(int) - two).mean() < 2
    assert np.abs(one.astype(int) - two).max() < 16


def test_eyes_are_levelled_and_nothing_is_mirrored():
    # dots at the landmarks, the person's right eye brighter than the left
    picture = np.zeros((200, 200, 3), np.uint8)
    face = landmarks_of(turned(0.5, 2, (70, 20)), 48)
    for (x, y), level in zip(face, (255, 120, 0, 0, 0), strict=True):
        picture[round(y) - 3 : round(y) + 3, round(x) - 3 : round(x) + 3] = level
    crop = align(picture, face)
    rows, columns = np.nonzero(crop > 160)
    np.testing.assert_allclose((columns.mean(), rows.mean()), FRAME[0] * 48 - 0.5, atol=1)
    left = crop.copy()
    left[:, :24] = 0
    rows, columns = np.nonzero(left > 60)
    np.testing.assert_allclose((columns.mean(), rows.mean()), FRAME[1] * 48 - 0.5, atol=1)


def test_large_face_does_not_alias():
    # a chequerboard of single pixels is gray when a 480-pixel face becomes 48
    board = (np.indices((600, 600)).sum(axis=0) % 2 * 255).astype(np.uint8)
    picture = np.repeat(board[..., None], 3, axis=2)
    crop = align(picture, landmarks_of(turned(0.2, 10, (110, 20)), 48))
    assert np.abs(crop.astype(int) - 127).max() < 12


def test_outside_the_picture_its_edge_is_repeated():
    picture = np.full((60, 60, 3), 200, np.uint8)
    crop = align(picture, landmarks_of(turned(0, 2, (-60, -60)), 48))
    assert (crop == 200).all()


@pytest.mark.parametrize(
    "points",
    [
        np.full((5, 2), 20.0),  # all in one place
        np.column_stack([np.full(5, 30.0), np.linspace(10, 50, 5)]),  # a profile: one line
        np.array([(30, 20), (30, 20), (10, 35), (30, 50), (30, 50)]),  # a profile
        FRAME * 48 + 5000,  # far outside
        FRAME * 1e-3,  # tiny
        FRAME * 1e6,  # huge
        -FRAME[::-1] * 48,  # upside down, outside
    ],
)
@pytest.mark.parametrize("shape", [(64, 64), (1, 1), (1, 300)])
def test_degenerate_landmarks_still_give_a_crop(points, shape):
    crop = align(np.full((*shape, 3), 90, np.uint8), points.astype(np.float32))
    assert crop.shape == (48, 48)
    assert (crop == 90).all()


@pytest.mark.parametrize("colour", ["gray", "RGB"])
@pytest.mark.parametrize("size", [(96, 96), (112, 80), (30, 200)])
def test_size_and_colour_are_the_specs(size, colour):
    spec = InputSpec(*size, colour)
    crop = align(np.zeros((9, 9, 3), np.uint8), FRAME.astype(np.float32), spec)
    assert crop.shape == spec.crop_shape
    assert crop.dtype == np.uint8


def test_colour_keeps_its_channels_and_gray_is_its_luma():
    picture = np.zeros((60, 60, 3), np.uint8)
    picture[:] = (200, 100, 50)
    points = (FRAME * 48 + 6).astype(np.float32)
    assert (align(picture, points, InputSpec(48, 48, "RGB")) == (200, 100, 50)).all()
    # ITU-R BT.601
    assert (align(picture, points) == round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)).all()


def test_landmarks_come_to_the_specs_frame():
    frame = ((0.4, 0.3), (0.6, 0.3), (0.5, 0.45), (0.42, 0.6), (0.58, 0.6))
    spec = InputSpec(100, 50, "gray", frame=frame)
    np.testing.assert_allclose(frame_points(spec)[0], (20, 30))
    # A face of these proportions at twice the size, a bright dot at its right eye.
    points = frame_points(spec) * 2 + 40
    picture = np.zeros((300, 300, 3), np.uint8)
    x, y = points[0].astype(int)
    picture[y - 3 : y + 3, x - 3 : x + 3] = 255
    crop = align(picture, points.astype(np.float32), spec)
    rows, columns = np.nonzero(crop > 120)
    np.testing.assert_allclose((columns.mean(), rows.mean()), (19.5, 29.5), atol=0.6)
