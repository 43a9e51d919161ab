import contextlib
import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mien.errors import PictureError
from mien.fer2013 import decode
from mien.fer2013.decode import decode_gray, decode_rgb, to_face

Encode = Callable[..., bytes]


def test_gray_is_kept_to_the_pixel(encode: Encode) -> None:
    pixels = np.arange(20, dtype=np.uint8).reshape(4, 5)
    assert (decode_gray(encode(pixels), "a") == pixels).all()
    assert (decode_rgb(encode(pixels), "a") == pixels[:, :, None]).all()


def test_colour_becomes_luma(encode: Encode) -> None:
    red = np.zeros((2, 3, 3), np.uint8)
    red[..., 0] = 200
    # ITU-R 601: 0.299 of red.
    assert (decode_gray(encode(red), "a") == 60).all()
    assert (decode_rgb(encode(red), "a") == red).all()


def test_sixteen_bits_are_scaled_not_clipped(encode: Encode) -> None:
    deep = np.array([[0, 256, 32768, 65535]], np.uint16)
    assert decode_gray(encode(deep), "a").tolist() == [[0, 1, 128, 255]]


def test_picture_is_turned_upright() -> None:
    image = Image.fromarray(np.array([[10, 20]], np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    buffer = io.BytesIO()
    image.save(buffer, "PNG", exif=exif)
    assert decode_gray(buffer.getvalue(), "a").tolist() == [[10], [20]]


def test_palette_with_transparency(encode: Encode) -> None:
    image = Image.new("P", (2, 2), 1)
    image.putpalette([0, 0, 0, 90, 90, 90])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=b"\x00\xff")
    assert (decode_gray(buffer.getvalue(), "a") == 90).all()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: data[: len(data) // 2], "truncated"),
        (lambda data: b"", "no JPEG"),
        (lambda data: b"<html>not found</html>", "no JPEG"),
        (lambda data: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no JPEG"),
    ],
)
def test_bad_pictures_name_themselves(
    encode: Encode, spoil: Callable[[bytes], bytes], reason: str
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    with pytest.raises(PictureError, match=f"angry/7.jpg cannot be decoded: .*{reason}"):
        decode_gray(spoil(encode(noise, "JPEG")), "angry/7.jpg")


def test_long_sides_are_refused_before_they_are_decoded(
    encode: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "LIMIT_SIDE", 50)
    with pytest.raises(PictureError, match="its sides are 51 and 2 pixels"):
        decode_gray(encode(1, size=(2, 51)), "a")


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    format=st.sampled_from(["JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM"]),
    place=st.floats(0, 1, exclude_max=True),
    byte=st.integers(0, 255),
    end=st.floats(0, 1),
)
def test_a_broken_picture_never_raises_anything_else(
    encode: Encode, format: str, place: float, byte: int, end: float
) -> None:
    data = bytearray(encode(np.arange(256, dtype=np.uint8).reshape(16, 16), format))
    data[int(place * len(data))] = byte
    with contextlib.suppress(PictureError):
        assert decode_gray(bytes(data[: int(end * len(data)) + 1]), "a").ndim == 2


def test_face_of_the_right_size_is_untouched() -> None:
    face = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    assert to_face(face) is face


def test_short_side_is_filled_up_with_its_edges() -> None:
    wide = np.zeros((48, 96), np.uint8)
    wide[0], wide[-1] = 200, 100
    face = to_face(wide)
    # 24 rows above and below the picture become 12 each.
    assert face.shape == (48, 48)
    assert (face[:12] == 200).all()
    assert (face[36:] == 100).all()
    assert (face[13:35] == 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 130), st.integers(1, 130), st.integers(0, 255))
def test_a_flat_picture_of_any_size_stays_flat(height: int, width: int, value: int) -> None:
    assert (to_face(np.full((height, width), value, np.uint8)) == value).all()
