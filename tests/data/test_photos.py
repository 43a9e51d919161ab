"""Telling whole photos from face crops."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.data import read
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
    # The second time from the cache.
    for samples in (read(tmp_path, spec=spec, skip_bad=True) for _ in range(2)):
        found = samples[:3].whole_photos
        assert (found is not None) == photos
        assert found is None or f"such as one of {width} x {height} pixels" in found.about(spec)
