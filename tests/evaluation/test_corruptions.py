from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mien.errors import DataError, SettingsError
from mien.evaluation.corruptions import CORRUPTIONS, NAMES, SEVERITIES, corrupt


@pytest.fixture(scope="module")
def faces() -> NDArray[np.uint8]:
    """The astronaut's face in 12 slightly different crops."""
    from skimage import data

    gray = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)
    crops = [gray[60 + 2 * k : 188 + 2 * k, 160 + k : 288 + k] for k in range(12)]
    return np.stack([cv2.resize(crop, (48, 48), interpolation=cv2.INTER_AREA) for crop in crops])


def distance(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def test_names() -> None:
    assert NAMES == (
        "noise", "blur", "motion", "jpeg", "low_light", "contrast", "downscale", "occlude_eyes",
        "occlude_mouth", "rotation", "shift", "crop_tight", "crop_loose",
    )  # fmt: skip
    assert all(len(each.levels) == 5 and each.unit for each in CORRUPTIONS.values())


@pytest.mark.parametrize("name", NAMES)
def test_each_severity_is_further_from_the_clean_faces(
    name: str, faces: NDArray[np.uint8]
) -> None:
    clean = faces.copy()
    corrupted = [corrupt(faces, name, severity) for severity in SEVERITIES]
    np.testing.assert_array_equal(faces, clean)
    assert all(each.shape == (12, 48, 48) and each.dtype == np.uint8 for each in corrupted)
    distances = [distance(each, faces) for each in corrupted]
    assert distances[0] > 0.5
    assert all(more > less * 1.05 for less, more in pairwise(distances))


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides_and_later_faces_do_not(name: str, faces: NDArray[np.uint8]) -> None:
    first = corrupt(faces, name, 3, seed=5)
    np.testing.assert_array_equal(first, corrupt(faces, name, 3, seed=5))
    np.testing.assert_array_equal(first[:4], corrupt(faces[:4], name, 3, seed=5))
    drawn = name in {"noise", "motion", "low_light", "rotation", "shift"}
    assert (corrupt(faces, name, 3, seed=6) != first).any() == drawn


def test_no_faces_and_many_faces(faces: NDArray[np.uint8]) -> None:
    assert corrupt(faces[:0], "motion", 1).shape == (0, 48, 48)
    many = np.broadcast_to(faces[0], (1030, 48, 48))
    noise = corrupt(many, "noise", 2).astype(int) - many
    # The pieces that the work is done in draw different noise.
    assert (noise[1029] != noise[5]).mean() > 0.9
    assert len({image.tobytes() for image in noise}) == 1030


def test_levels_are_what_they_say() -> None:
    gray = np.full((50, 48, 48), 128, np.uint8)
    assert corrupt(gray, "noise", 3).std() == pytest.approx(14, rel=0.02)
    halves = np.zeros((1, 48, 48), np.uint8)
    halves[:, :, 24:] = 200
    # Half way between the dark and the light side, at a third of the distance.
    pulled = corrupt(halves, "contrast", 3)[0]
    assert set(np.unique(pulled).tolist()) == {65, 135}
    np.testing.assert_array_equal(corrupt(gray, "crop_loose", 5), gray)
    dark = corrupt(gray, "low_light", 2)
    assert dark.mean() == pytest.approx(128 * 0.25 ** (1 / 2.2), abs=0.1)
    assert dark.std() == pytest.approx(2, rel=0.03)


def test_geometry() -> None:
    point = np.zeros((40, 48, 48), np.uint8)
    point[:, 22:26, 22:26] = 255
    moved = corrupt(point, "shift", 4)
    rows, columns = np.mgrid[:48, :48]
    weights = moved / moved.sum(axis=(1, 2), keepdims=True)
    away = np.hypot((weights * rows).sum((1, 2)) - 23.5, (weights * columns).sum((1, 2)) - 23.5)
    np.testing.assert_allclose(away, 9, atol=0.1)
    assert corrupt(point, "crop_tight", 5).sum() == pytest.approx(point.sum() / 0.6**2, rel=0.05)
    assert corrupt(point, "crop_loose", 3).sum() == pytest.approx(
        point.sum() * (34 / 48) ** 2, rel=0.05
    )
    bar = corrupt(point, "occlude_eyes", 4) == 32
    assert bar.sum(axis=(1, 2)).tolist() == [34 * 11] * 40
    assert bar[0].any(axis=1).nonzero()[0].tolist() == list(range(13, 24))
    sheer = corrupt(point, "occlude_mouth", 2)[0]
    assert sheer[36, 24] == 80
    assert (sheer != point[0]).sum() == 26 * 13


def test_rotation_turns_to_both_sides_by_the_angle() -> None:
    line = np.zeros((64, 48, 48), np.uint8)
    line[:, 23:25, 4:44] = 255
    turned = corrupt(line, "rotation", 4)
    rows, columns = np.mgrid[:48, :48] - 23.5
    slopes = [np.polyfit(columns[image > 128], rows[image > 128], 1)[0] for image in turned]
    angles = np.degrees(np.arctan(slopes))
    np.testing.assert_allclose(np.abs(angles), 28, atol=1.5)
    assert 20 < (angles > 0).sum() < 44


@pytest.mark.parametrize(
    ("name", "severity", "seed", "sentence"),
    [
        ("fog", 1, 0, "Unknown corruption 'fog'. Use all, or some of noise, blur"),
        ("noise", 0, 0, "Unknown severity 0. Use 1, 2, 3, 4 or 5."),
        ("noise", 6, 0, "Unknown severity 6"),
        ("noise", 1, -1, "seed of 0 or more, got -1"),
    ],
)
def test_unknown_corruptions_and_severities_are_refused(
    faces: NDArray[np.uint8], name: str, severity: int, seed: int, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        corrupt(faces, name, severity, seed)


@pytest.mark.parametrize(
    "images",
    [np.zeros((2, 48, 48, 4), np.uint8), np.zeros((48, 48), np.uint8), np.zeros((1, 48, 48))],
)
def test_other_arrays_are_refused(images: NDArray[np.uint8]) -> None:
    with pytest.raises(DataError, match=r"Expected crops uint8 \[N, H, W\] or \[N, H, W, 3\], got"):
        corrupt(images, "blur", 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(112, 112, 3), (96, 64), (40, 40, 3)])
def test_any_size_and_colour(name: str, shape: tuple[int, ...]) -> None:
    from skimage import data

    face = cv2.resize(data.astronaut()[60:188, 160:288], shape[1::-1])
    crops = np.stack([face if len(shape) == 3 else cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)] * 3)
    distances = [distance(corrupt(crops, name, severity), crops) for severity in SEVERITIES]
    assert corrupt(crops, name, 1).shape == (3, *shape)
    assert distances[0] > 0.2
    assert all(more > less * 1.02 for less, more in pairwise(distances))


# What happens to a picture does not depend on how many pixels show it.
GEOMETRIC = ("blur", "motion", "contrast", "downscale", "occlude_eyes", "occlude_mouth",
             "rotation", "shift", "crop_tight", "crop_loose")  # fmt: skip


@pytest.mark.parametrize("name", GEOMETRIC)
def test_levels_in_pixels_scale_with_the_crop(name: str, faces: NDArray[np.uint8]) -> None:
    large = np.stack([cv2.resize(face, (144, 144)) for face in faces])
    expected, corrupted = corrupt(faces, name, 4), corrupt(large, name, 4)
    reduced = np.stack(
        [cv2.resize(face, (48, 48), interpolation=cv2.INTER_AREA) for face in corrupted]
    )
    # Interpolation differs by a few grays; the corruption itself changes far more.
    assert distance(reduced, expected) < 0.4 * distance(faces, expected)


def test_the_eyes_are_covered_where_the_frame_has_them() -> None:
    gray = np.full((1, 96, 96, 3), 128, np.uint8)
    frame = ((0.3, 0.5), (0.7, 0.5), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8))
    covered = (corrupt(gray, "occlude_eyes", 4, frame=frame)[0] == 32).all(axis=2)
    rows, columns = covered.any(axis=1).nonzero()[0], covered.any(axis=0).nonzero()[0]
    assert (rows[0], rows[-1] + 1) == (48 - 11, 48 + 11)
    assert (columns[0], columns[-1] + 1) == (48 - 34, 48 + 34)


def test_jpeg_keeps_red_red() -> None:
    red = np.zeros((1, 64, 64, 3), np.uint8)
    red[..., 0] = 200
    mean = corrupt(red, "jpeg", 3).mean(axis=(0, 1, 2))
    assert mean == pytest.approx([200, 0, 0], abs=8)


def test_large_crops_are_corrupted_in_pieces_of_the_same_noise() -> None:
    gray = np.full((40, 224, 224, 3), 128, np.uint8)
    many = corrupt(gray, "noise", 2)
    np.testing.assert_array_equal(many[:20], corrupt(gray[:20], "noise", 2))
    assert len({image.tobytes() for image in many}) == 40
