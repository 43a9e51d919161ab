"""Each format is known by its content, and read."""

import io
import sys

import numpy as np
import pytest
from PIL import Image

from mien.errors import PictureError
from mien.image import SUFFIXES, UNREADABLE, begins_like_a_picture, decode

RAMP = np.tile(np.arange(0, 256, 2, dtype=np.uint8)[None, :, None], (64, 1, 3))


def encoded(kind, **options):
    file = io.BytesIO()
    Image.fromarray(RAMP).save(file, kind, **options)
    return file.getvalue()


def heic(brand=b"heic", **options):
    heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    heif.from_pillow(Image.fromarray(RAMP)).save(file, quality=90, **options)
    data = file.getvalue()
    return data[:8] + brand + data[12:]


def test_heic_is_read():
    assert np.abs(decode(heic(), "x.heic").astype(int) - RAMP).max() <= 4


@pytest.mark.parametrize("brand", [b"mif1", b"heix"])
def test_heic_is_known_by_any_of_its_brands(brand):
    assert decode(heic(brand), "x.heic").shape == RAMP.shape


def test_heic_is_turned_once():
    exif = Image.Exif()
    exif[0x0112] = 6
    shown = decode(heic(exif=exif.tobytes()), "x.heic").astype(int)
    assert shown.shape == (128, 64, 3)
    assert np.abs(shown - np.rot90(RAMP, -1)).max() <= 4


def test_heic_without_its_package_says_what_to_install(monkeypatch):
    data = heic()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PictureError, match=r"IMG_1\.HEIC is a HEIC picture") as caught:
        decode(data, "IMG_1.HEIC")
    assert "pillow-heif" in caught.value.problem
    assert "nstall" in caught.value.fix


def test_avif_is_read_by_pillow():
    assert np.abs(decode(encoded("AVIF", quality=95), "x").astype(int) - RAMP).max() <= 6


def test_the_first_picture_of_an_mpo_is_read():
    other = Image.fromarray(255 - RAMP)
    data = encoded("MPO", save_all=True, append_images=[other], quality=95)
    assert np.abs(decode(data, "x").astype(int) - RAMP).max() <= 4


PNM = [
    (b"P1\n2 1\n0 1\n", [255, 0]),
    (b"P2\n2 1\n255\n7 200\n", [7, 200]),
    (b"P4\n2 1\n\x40", [255, 0]),
    (b"P5\n# by hand\n2 1\n255\n\x07\xc8", [7, 200]),
    (b"P5\n2 1\n100\n\x0a\x64", [26, 255]),
    (b"P5\n2 1\n4095\n\x00\x70\x0f\xff", [7, 255]),
    (b"P5\n2 1\n65535\n\x00\x80\x00\x90", [0, 1]),
    (b"P6\n2 1\n255\n\x07\x07\x07\xc8\xc8\xc8", [7, 200]),
    (b"Pf\n2 1\n-1.0\n" + np.array([0.2, 0.8], "<f4").tobytes(), [51, 204]),
]


@pytest.mark.parametrize(("data", "levels"), PNM)
def test_pnm(data, levels):
    shown = decode(data, "x.pnm").astype(int)
    assert np.abs(shown - np.array([[[level] * 3 for level in levels]])).max() <= 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "AVIF", "JPEG2000"])
def test_a_picture_is_known_by_its_beginning(kind):
    assert begins_like_a_picture(encoded(kind)[:64])


def test_heic_is_known_by_its_beginning():
    assert begins_like_a_picture(heic()[:64])


VIDEO = b"\0\0\0\x20ftypisom"


@pytest.mark.parametrize("start", [b"", b"BM is a text", b"MM", b"RIFF\0\0\0\0WAVE", VIDEO])
def test_other_files_are_not(start):
    assert not begins_like_a_picture(start)


def test_no_ending_is_both_read_and_not():
    assert not SUFFIXES & UNREADABLE
