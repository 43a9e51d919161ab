"""A JPEG without its end is read if its pixels are whole, and refused if any is missing."""

import io

import numpy as np
import pytest
from PIL import Image

from mien.errors import PictureError
from mien.image import decode

RANDOM = np.random.default_rng(0)
SMOOTH = np.repeat(np.linspace(0, 255, 75).astype(np.uint8)[:, None, None], 61, axis=1)
PICTURES = {
    "noise": RANDOM.integers(0, 256, (75, 61, 3), dtype=np.uint8),
    "smooth": np.repeat(SMOOTH, 3, axis=2),
    "flat": np.full((75, 61, 3), 90, np.uint8),
}


OPTIONS = [
    {},
    {"progressive": True},
    {"restart_marker_blocks": 3},
    {"restart_marker_rows": 1, "progressive": True},
]


def encoded(name: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(PICTURES[name]).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [1, 2])
def test_only_the_end_is_missing(picture: str, progressive: bool, missing: int) -> None:
    data = encoded(picture, quality=90, progressive=progressive)
    assert np.array_equal(decode(data[:-missing], "a.jpg"), decode(data, "a.jpg"))


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("options", OPTIONS)
def test_no_cut_picture_is_read_with_other_pixels(
    picture: str, options: dict[str, object]
) -> None:
    data = encoded(picture, quality=60, **options)
    whole = decode(data, "a.jpg")
    refused = 0
    for length in range(len(data) - 300, len(data)):
        try:
            assert np.array_equal(decode(data[:length], "a.jpg"), whole)
        except PictureError as error:
            assert "cut off" in str(error)
            refused += 1
    assert refused > (200 if picture == "noise" else 3)
