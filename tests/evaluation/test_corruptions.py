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
    spoilt = [corrupt(faces, name, severity) for severity in SEVERITIES]
    np.testing.assert_array_equal(faces, clean)
    assert all(each.shape == (12, 48, 48) and each.dtype == np.uint8 for each in spoilt)
    distances = [distance(each, faces) for each in spoilt]
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
        ("fog", 1, 0, "There is no corruption 'fog'. Use all, or some of noise, blur"),
        ("noise", 0, 0, "There is no severity 0. Use 1, 2, 3, 4 or 5."),
        ("noise", 6, 0, "There is no severity 6"),
        ("noise", 1, -1, "seed of 0 or more, got -1"),
    ],
)
def test_what_there_is_not(
    faces: NDArray[np.uint8], name: str, severity: int, seed: int, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        corrupt(faces, name, severity, seed)


@pytest.mark.parametrize(
    "images", [np.zeros((2, 40, 48), np.uint8), np.zeros((48, 48), np.uint8), np.zeros((1, 48, 48))]
)
def test_other_arrays_are_refused(images: NDArray[np.uint8]) -> None:
    with pytest.raises(DataError, match=r"Expected crops uint8 \[N, 48, 48\], got"):
        corrupt(images, "blur", 1)
