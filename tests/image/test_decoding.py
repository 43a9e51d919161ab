import contextlib
import io
import os
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mien.errors import PictureError
from mien.image import decode, decode_gray, load


def encoded(picture, kind, **options):
    data = io.BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


def small(mode="RGB", colour=(200, 100, 50), size=(6, 4)):
    return Image.new(mode, size, colour)


# Each picture with the colour that its pixels must have, and how far JPEG may be off.
@pytest.mark.parametrize(
    ("data", "colour", "slack"),
    [
        (encoded(small(), "PNG"), (200, 100, 50), 0),
        (encoded(small(), "JPEG", quality=95), (200, 100, 50), 3),
        (encoded(small(), "WEBP", lossless=True), (200, 100, 50), 0),
        (encoded(small(), "BMP"), (200, 100, 50), 0),
        (encoded(small(), "TIFF"), (200, 100, 50), 0),
        (encoded(small(), "PPM"), (200, 100, 50), 0),
        (encoded(small("L", 77), "PNG"), (77, 77, 77), 0),
        (encoded(small("1", 1), "PNG"), (255, 255, 255), 0),
        # half transparent black on white
        (encoded(small("RGBA", (0, 0, 0, 128)), "PNG"), (127, 127, 127), 1),
        (encoded(small("RGBA", (9, 9, 9, 0)), "PNG"), (255, 255, 255), 0),
        (encoded(small("LA", (0, 128)), "PNG"), (127, 127, 127), 1),
        (encoded(small().convert("P"), "PNG"), (204, 102, 51), 0),
        (encoded(small("P", 0), "PNG", transparency=0), (255, 255, 255), 0),
        # 16 bits: 65535 / 255 = 257
        (encoded(Image.fromarray(np.full((4, 6), 257 * 90, np.uint16)), "PNG"), (90,) * 3, 0),
        (encoded(Image.fromarray(np.full((4, 6), 257 * 90, np.uint16)), "TIFF"), (90,) * 3, 0),
        (encoded(Image.fromarray(np.full((4, 6), 0.2, np.float32)), "TIFF"), (51,) * 3, 0),
        (encoded(Image.fromarray(np.full((4, 6), 51, np.float32)), "TIFF"), (51,) * 3, 0),
        (encoded(Image.fromarray(np.full((4, 6), 51, np.int32)), "TIFF"), (51,) * 3, 0),
        # CMYK without black: red is 255 minus cyan
        (encoded(small("CMYK", (55, 155, 205, 0)), "JPEG", quality=95), (200, 100, 50), 4),
    ],
)
def test_any_colour_mode_becomes_rgb(data, colour, slack):
    image = decode(data, "x")
    assert image.shape == (4, 6, 3)
    assert image.dtype == np.uint8
    assert image.flags.writeable
    assert np.abs(image.astype(int) - colour).max() <= slack


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_animation_gives_its_first_frame(kind):
    frames = [small(colour=colour, size=(8, 8)) for colour in ((255, 0, 0), (0, 0, 255))]
    options = {} if kind == "GIF" else {"lossless": True}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert (decode(data, "x") == (255, 0, 0)).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(orientation, kind):
    upright = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    turned = stored_as(upright, orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(Image.fromarray(turned), kind, exif=exif, **options)
    np.testing.assert_array_equal(decode(data, "x"), upright)


def stored_as(upright, orientation):
    """How a camera held that way stores the picture (EXIF 2.32, tag 274)."""
    return {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: np.rot90(upright, 2).transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]


def test_one_pixel_is_a_picture():
    assert decode(encoded(small(size=(1, 1)), "PNG"), "x").shape == (1, 1, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.99])
def test_cut_off_file_is_refused(kind, share):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    data = encoded(noise, kind)
    with pytest.raises(PictureError, match=r"party\.jpg is (cut off or corrupted|not a picture)"):
        decode(data[: int(len(data) * share)], "party.jpg")


def test_jpeg_cut_anywhere_is_refused():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    data = encoded(noise, "JPEG")
    for length in range(4, len(data) - 2, 37):
        with pytest.raises(PictureError):
            decode(data[:length], "party.jpg")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "it has 0 bytes"),
        (b"Dear diary, this is no picture.", "is not a picture in one of the formats JPEG, PNG"),
        (b"\x89PNG\r\n\x1a\n", "cut off or corrupted"),
        (b"\0\0\0\x20ftypisom" + bytes(40), "is a clip, not a picture.*mien detect"),
        (b"\x1aE\xdf\xa3" + bytes(40), "is a clip, not a picture.*mien detect"),
        (b"\0\0\0\x20ftypcrx " + bytes(40), "is not a picture in one of the formats JPEG, PNG"),
        (b"RIFF\0\0\0\0AVI LIST", "is a clip, not a picture.*mien detect"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "is not a picture in one of the formats JPEG, PNG"),
        (b"\xff\xd8\xff" + b"\0" * 500, "cut off or corrupted"),
    ],
)
def test_other_content_is_one_sentence(data, sentence):
    with pytest.raises(PictureError, match=sentence) as caught:
        decode(data, "party.jpg")
    assert "party.jpg" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_limit_holds_before_pixels_are_decoded():
    data = encoded(Image.new("1", (10_000, 10_000)), "PNG")
    with pytest.raises(PictureError, match=r"10000 x 10000 = 100\.0 megapixels.*limit of 64"):
        decode(data, "poster.png")
    with pytest.raises(PictureError, match="allow it with max_megapixels=101") as caught:
        decode(data, "poster.png")
    assert caught.value.setting == "max_megapixels"


def test_pixels_at_the_limit_are_read_and_one_row_more_is_not():
    assert decode(encoded(Image.new("1", (100, 100)), "PNG"), "a.png", 0.01).shape == (100, 100, 3)
    with pytest.raises(PictureError, match="100 x 101 = 0.0 megapixels, over the limit of 0.01"):
        decode(encoded(Image.new("1", (100, 101)), "PNG"), "a.png", 0.01)


def test_bytes_at_the_limit_are_read_and_one_more_is_not(tmp_path):
    path = tmp_path / "a.bmp"
    path.write_bytes(encoded(Image.new("L", (40, 40)), "BMP"))
    megabytes = path.stat().st_size / 1e6
    assert load(path, max_megabytes=megabytes).shape == (40, 40, 3)
    with path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(PictureError, match="allow it with max_megabytes=1") as caught:
        load(path, max_megabytes=megabytes)
    assert caught.value.setting == "max_megabytes"


def test_a_file_of_gigabytes_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.jpg"
    path.touch()
    os.truncate(path, 50 * 10**9)  # takes no room on the disk
    with pytest.raises(PictureError, match="huge.jpg has 50,000.0 MB, over the limit of 400"):
        load(path)


def test_limit_may_be_raised():
    data = encoded(Image.new("1", (10_000, 10_000)), "PNG")
    assert decode(data, "poster.png", max_megapixels=101).shape == (10_000, 10_000, 3)


def test_header_that_lies_about_the_size_costs_nothing():
    # a PNG header of 60000 x 60000 pixels without any data
    data = bytearray(encoded(small(), "PNG"))
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    with pytest.raises(PictureError):
        decode(bytes(data), "bomb.png")


def test_load_names_what_is_wrong_with_the_path(tmp_path):
    with pytest.raises(PictureError, match="but there is no such file"):
        load(tmp_path / "none.jpg")
    with pytest.raises(PictureError, match="but it is a folder"):
        load(tmp_path)
    with pytest.raises(PictureError, match="Cannot read"):
        load("a\0b.jpg")


def test_load_takes_any_name(tmp_path):
    path = tmp_path / "Grüße aus 東京 (1).jpg"
    path.write_bytes(encoded(small(), "PNG"))
    assert load(path).shape == load(str(path)).shape == (4, 6, 3)


def test_gray_keeps_gray_to_the_pixel_and_weighs_colours():
    pixels = np.arange(20, dtype=np.uint8).reshape(4, 5)
    assert (decode_gray(encoded(Image.fromarray(pixels), "PNG"), "x") == pixels).all()
    # ITU-R BT.601: 0.299 of red.
    assert (decode_gray(encoded(small(colour=(200, 0, 0)), "PNG"), "x") == 60).all()
    assert (decode_gray(encoded(small("LA", (0, 0)), "PNG"), "x") == 255).all()


def test_gray_is_turned_upright_too():
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    data = encoded(Image.fromarray(np.array([[10, 20]], np.uint8)), "PNG", exif=exif)
    assert decode_gray(data, "x").tolist() == [[10], [20]]


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM"]),
    place=st.floats(0, 1, exclude_max=True),
    byte=st.integers(0, 255),
    end=st.floats(0, 1),
)
def test_a_broken_picture_never_raises_anything_else(kind, place, byte, end):
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
    data = bytearray(encoded(ramp, kind))
    data[int(place * len(data))] = byte
    with contextlib.suppress(PictureError):
        assert decode_gray(bytes(data[: int(end * len(data)) + 1]), "x").ndim == 2
