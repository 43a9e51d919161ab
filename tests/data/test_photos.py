"""Telling whole photos from face crops."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.data.photos import about_photos
from mien.models.info import FER2013_INPUT, InputSpec

RGB = InputSpec(112, 96, "RGB")

# width and height of most pictures, the crop, whether they look like photos
CASES = [
    (48, 48, FER2013_INPUT, False),
    (100, 100, FER2013_INPUT, False),
    (224, 224, FER2013_INPUT, False),
    (239, 239, FER2013_INPUT, False),
    (240, 240, FER2013_INPUT, True),
    (100, 80, FER2013_INPUT, True),
    (80, 100, FER2013_INPUT, True),
    (100, 81, FER2013_INPUT, False),
    (96, 112, RGB, False),
    (240, 240, RGB, False),
    (480, 560, RGB, True),
]


@pytest.mark.parametrize(("width", "height", "spec", "photos"), CASES)
def test_most_pictures_decide(
    tmp_path: Path, width: int, height: int, spec: InputSpec, photos: bool
) -> None:
    for name, size in (("a", (width, height)), ("b", (width, height)), ("c", (48, 48))):
        for label in ("awake", "tired"):
            folder = tmp_path / label
            folder.mkdir(exist_ok=True)
            Image.fromarray(np.full(size[::-1], 9, np.uint8)).save(folder / f"{name}.png")
    (tmp_path / "awake" / "broken.png").write_bytes(b"no picture")
    said = about_photos(tmp_path, spec)
    assert (said is not None) == photos
    assert said is None or f"such as one of {width} x {height} pixels" in said


def test_what_cannot_be_read_is_left_to_its_reader(tmp_path: Path) -> None:
    assert about_photos(tmp_path / "none", FER2013_INPUT) is None
