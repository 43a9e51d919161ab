"""YuNet's rows are compared with those of OpenCV, which decodes the same network itself."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mien.image import decode
from mien.perception.yunet import FAINT, OVERLAP, Yunet
from mien.perception.yunet_graph import model_path


def of_opencv(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    size = (image.shape[1], image.shape[0])
    detector = cv2.FaceDetectorYN.create(str(model_path()), "", size, FAINT, OVERLAP, 5000)
    rows = detector.detect(np.ascontiguousarray(image[..., ::-1]))[1]
    return np.zeros((0, 15), np.float32) if rows is None else rows


def scaled(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    scale = side / max(image.shape)
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def assert_same(image: NDArray[np.uint8], yunet: Yunet) -> int:
    """Check that rows agree within 0.01 px and 0.0001 of score, and count them."""
    rows, expected = yunet.rows(image), of_opencv(image)
    assert rows.shape == expected.shape
    assert np.abs(rows - expected)[:, :14].max(initial=0) < 0.01
    assert np.abs(rows - expected)[:, 14].max(initial=0) < 1e-4
    return len(rows)


@pytest.fixture(scope="module")
def yunet() -> Yunet:
    return Yunet(1)


@pytest.mark.parametrize("side", [512, 500, 333, 256, 160, 97])
def test_rows_are_those_of_opencv(yunet: Yunet, astronaut: NDArray[np.uint8], side: int) -> None:
    # Also where a side is no multiple of 32, and the picture is not square.
    assert assert_same(scaled(astronaut, side), yunet) >= 1
    assert assert_same(np.ascontiguousarray(scaled(astronaut, side)[:, : side // 2]), yunet) >= 1


def test_faces_side_by_side_are_told_by_decreasing_score(
    yunet: Yunet, astronaut: NDArray[np.uint8]
) -> None:
    small = scaled(astronaut, 160)
    crowd = np.concatenate([np.concatenate([small, small[:, ::-1]], axis=1)] * 2)
    assert assert_same(np.ascontiguousarray(crowd), yunet) >= 4
    scores = yunet.rows(np.ascontiguousarray(crowd))[:, 14]
    assert (np.diff(scores) <= 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (32, 32), (20, 300), (300, 20)])
def test_pictures_without_a_face_have_no_row(yunet: Yunet, shape: tuple[int, int]) -> None:
    # OpenCV gives random faces with score 1 where a side is 32.
    for value in (0, 128, 255):
        assert yunet.rows(np.full((*shape, 3), value, np.uint8)).shape == (0, 15)


@pytest.mark.data
def test_rows_of_real_photos_are_those_of_opencv(yunet: Yunet, data_folder: Path) -> None:
    photos = [path for path in sorted((data_folder / "photos").iterdir()) if path.suffix != ".json"]
    images = [decode(path.read_bytes(), path.name) for path in photos]
    counts = [assert_same(scaled(image, 640), yunet) for image in images]
    assert len(counts) == 24
    assert sum(counts) >= 55
