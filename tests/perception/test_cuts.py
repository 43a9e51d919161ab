import cv2
import numpy as np
import pytest

from mien.perception.cuts import CutDetector


def scene(seed, height=480, width=640):
    """Draw rectangles, with a margin for a camera that shakes."""
    random = np.random.default_rng(seed)
    image = np.full((height + 100, width + 100, 3), random.integers(60, 200, 3), np.uint8)
    for _ in range(40):
        corner = random.integers(0, (width, height))
        end = corner + random.integers(20, 200, 2)
        colour = [int(value) for value in random.integers(10, 180, 3)]
        cv2.rectangle(image, corner.tolist(), end.tolist(), colour, -1)
    return image


def view(image, x=50, y=50):
    return np.ascontiguousarray(image[y : y + image.shape[0] - 100, x : x + image.shape[1] - 100])


def noisy(image, seed=0):
    noise = np.random.default_rng(seed).normal(0, 8, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def cuts(*frames):
    detector = CutDetector()
    return [detector.is_cut(frame) for frame in frames]


@pytest.fixture(scope="module")
def one():
    return view(scene(1))


@pytest.fixture(scope="module")
def other():
    return view(scene(2))


def test_first_frame_is_no_cut(one):
    assert cuts(one) == [False]


@pytest.mark.parametrize("size", [(64, 48), (640, 480), (480, 640), (1920, 1080), (50, 300)])
def test_other_shot_is_a_cut_at_any_size(one, other, size):
    small, different = (cv2.resize(image, size) for image in (one, other))
    assert cuts(small, small, different, different, small) == [False, False, True, False, True]


def test_many_shots_are_told_apart():
    frames = [view(scene(seed)) for seed in range(12)]
    assert cuts(*frames) == [False] + [True] * 11


def test_black_is_a_shot_of_its_own(one, other):
    black = np.zeros_like(one)
    assert cuts(one, black, black, other, black, one) == [False, True, False, True, True, True]


def test_fade_to_black_is_no_hard_cut(one):
    fading = [(one * light).astype(np.uint8) for light in np.linspace(1, 0.2, 20)]
    assert not any(cuts(*fading))


def test_flash_is_no_cut(one):
    bright = np.clip(one * 2.2, 0, 255).astype(np.uint8)
    white = np.full_like(one, 255)
    assert not any(cuts(one, bright, one, white, one, white, white, one))


def test_cut_in_a_flash_is_noticed_after_it(one, other):
    assert cuts(one, np.full_like(one, 255), other) == [False, False, True]


@pytest.mark.parametrize("light", [0.4, 0.7, 1.3])
def test_change_of_exposure_is_no_cut(one, light):
    changed = np.clip(one * light + 5, 0, 255).astype(np.uint8)
    assert not any(cuts(one, changed, one))


def test_noise_is_no_cut(one):
    assert not any(cuts(*[noisy(one, seed) for seed in range(5)]))


def test_shaking_camera_is_no_cut():
    image = scene(1)
    random = np.random.default_rng(0)
    frames = [view(image, *random.integers(30, 71, 2)) for _ in range(30)]
    assert not any(cuts(*frames))


def test_shaking_camera_before_fine_detail_is_no_cut():
    random = np.random.default_rng(3)
    image = cv2.GaussianBlur(random.integers(0, 256, (580, 740, 3)).astype(np.uint8), (0, 0), 4)
    image = cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX)
    frames = [noisy(view(image, *random.integers(30, 71, 2))) for _ in range(30)]
    assert not any(cuts(*frames))


def test_moving_face_and_something_that_passes_are_no_cuts(one, astronaut):
    face = cv2.resize(astronaut[20:240, 120:340], (200, 200))
    frames = []
    for step in range(10):
        frame = one.copy()
        frame[100 + 10 * step : 300 + 10 * step, 40 * step : 200 + 40 * step] = face
        frame[:, 60 * step : 60 * step + 80] = 90
        frames.append(frame)
    assert not any(cuts(*frames))


def test_uniform_frames_are_one_shot():
    gray = [np.full((48, 64, 3), level, np.uint8) for level in (0, 10, 5, 0)]
    assert not any(cuts(*gray))


def test_same_frames_again_give_the_same(one, other):
    frames = [one, other, noisy(other), one, noisy(one)]
    assert cuts(*frames) == cuts(*frames)
