"""Profiles are applied, and ordinary pictures keep every bit."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from mien.image import decode, decode_gray

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def encoded(pixels, kind, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def swapped(profile):
    """A profile whose red is sRGB's green and the other way round."""
    data = bytearray(profile)
    for place in range(132, 132 + 12 * int.from_bytes(data[128:132], "big"), 12):
        name = bytes(data[place : place + 4])
        data[place : place + 4] = {b"rXYZ": b"gXYZ", b"gXYZ": b"rXYZ"}.get(name, name)
    return bytes(data)


def as_pillow(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.parametrize("profile", [None, SRGB])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_ordinary_picture_keeps_every_bit(kind, profile):
    options = {} if profile is None else {"icc_profile": profile}
    for pixels in (PIXELS, np.tile(np.arange(256, dtype=np.uint8), (9, 1))):
        data = encoded(pixels, kind, **options)
        np.testing.assert_array_equal(decode(data, "x"), as_pillow(data))


def test_the_astronaut_with_its_profile_keeps_every_bit():
    import skimage
    from skimage import data

    from mien.image import load

    path = f"{skimage.__path__[0]}/data/astronaut.png"
    with Image.open(path) as picture:
        assert picture.info["icc_profile"]
    np.testing.assert_array_equal(load(path), data.astronaut())


def test_gray_keeps_every_bit_too():
    gray = PIXELS[..., 0]
    np.testing.assert_array_equal(decode_gray(encoded(gray, "PNG"), "x"), gray)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_profile_that_is_not_srgb_is_applied(kind):
    data = encoded(PIXELS, kind, icc_profile=swapped(SRGB))
    shown = decode(data, "x").astype(int)
    # Red is green there.
    assert np.abs(shown - PIXELS[..., [1, 0, 2]]).max() <= 3


@pytest.mark.parametrize("profile", [b"x", bytes(4000), SRGB[:200], b"\xff" * 3000])
def test_a_damaged_profile_changes_nothing(profile):
    data = encoded(PIXELS, "PNG", icc_profile=profile)
    np.testing.assert_array_equal(decode(data, "x"), PIXELS)


def test_a_profile_for_another_mode_changes_nothing():
    gray = PIXELS[..., 0]
    data = encoded(gray, "PNG", icc_profile=SRGB)
    np.testing.assert_array_equal(decode_gray(data, "x"), gray)


def test_transparency_stays_white_under_a_profile():
    clear = np.dstack([PIXELS, np.zeros((40, 60), np.uint8)])
    data = encoded(clear, "PNG", icc_profile=swapped(SRGB))
    assert (decode(data, "x") >= 254).all()
