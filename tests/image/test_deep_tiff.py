"""Deep TIFF files of every kind show the picture that was written."""

import contextlib
import io
import runpy
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mien.errors import PictureError
from mien.image import decode, decode_gray

HELPERS = runpy.run_path(str(Path(__file__).with_name("tiff_files.py")))
tiff, ramp = HELPERS["tiff"], HELPERS["ramp"]
UNSIGNED, SIGNED, FRACTION = 1, 2, 3


def assert_shows(data, pixels, photometric=1):
    expected = pixels.astype(int) if photometric else 255 - pixels.astype(int)
    shown = decode(data, "x.tif").astype(int)
    assert shown.shape == (*pixels.shape[:2], 3)
    assert np.abs(shown - expected).max() <= 1


LAYOUT = {
    "order": st.sampled_from("<>"),
    "photometric": st.sampled_from([0, 1, 2]),
    "rows": st.sampled_from([None, 1, 3, 7]),
    "deflate": st.booleans(),
    "planar": st.sampled_from([1, 2]),
    "big": st.booleans(),
}


@settings(max_examples=120, deadline=None)
@given(bits=st.sampled_from([10, 12, 14, 16]), **LAYOUT)
def test_depth_is_what_the_bits_say(bits, photometric, **layout):
    pixels = ramp(3 if photometric == 2 else 1)
    samples = np.rint(pixels / 255 * (2**bits - 1))
    assert_shows(tiff(samples, bits, photometric=photometric, **layout), pixels, photometric)


@settings(max_examples=60, deadline=None)
@given(depth=st.sampled_from([9, 10, 12, 14, 15]), signed=st.booleans(), **LAYOUT)
def test_a_smaller_depth_holds_where_the_file_declares_it(depth, signed, photometric, **layout):
    pixels = ramp(3 if photometric == 2 else 1)
    samples = np.rint(pixels / 255 * (2**depth - 1))
    # MaxSampleValue, or SMaxSampleValue as the samples are; the top of the samples stands for
    # the depth.
    tag = (341, "h", [2**depth - 2]) if signed else (281, "H", [2**depth - 1])
    samples = np.minimum(samples, 2**depth - 2)
    data = tiff(samples, 16, photometric=photometric, tags=[tag], **layout)
    assert_shows(data, pixels, photometric)


def test_a_declaration_that_samples_go_beyond_is_not_believed():
    pixels = ramp(1)
    samples = pixels.astype(np.uint16) * 257
    assert_shows(tiff(samples, 16, tags=[(281, "H", [255])]), pixels)


def test_sixteen_bits_are_not_stretched_where_the_file_says_nothing():
    samples = np.full((4, 6, 1), 4095)
    assert (decode(tiff(samples, 16), "x") == 16).all()


# From what is black to what is white, and the tags that say so.
FRACTIONS = [
    (0, 1, []),
    (0, 255, []),
    (0, 4095, []),
    (0, 65535, []),
    (-1, 1, []),
    (0, 1, [(340, "f", [0.0]), (341, "f", [1.0])]),
    (-5, 7.5, [(340, "f", [-5.0]), (341, "f", [7.5])]),
    (0, 3, [(340, "d", [0.0]), (341, "d", [3.0])]),
]


@settings(max_examples=120, deadline=None)
@given(extent=st.sampled_from(FRACTIONS), bits=st.sampled_from([16, 32, 64]), **LAYOUT)
def test_fractions_have_the_range_that_is_declared_or_seen(extent, bits, photometric, **layout):
    low, high, tags = extent
    if bits == 16 and high > 60_000:
        high = 4095  # a half holds no more than 65504
    pixels = ramp(3 if photometric == 2 else 1)
    samples = low + pixels / 255 * (high - low)
    data = tiff(samples, bits, kind=FRACTION, photometric=photometric, tags=tags, **layout)
    assert_shows(data, pixels, photometric)


def test_a_few_highlights_and_what_is_no_number_do_not_darken_fractions():
    pixels = ramp(1, 100, 100)
    samples = pixels / 255
    samples[0, :8, 0] = [np.nan, np.inf, -np.inf, 1.5, 40, 1e30, 2, 3]
    shown = decode(tiff(samples, 32, kind=FRACTION), "x")
    assert shown[0, :8, 0].tolist() == [0, 255, 0, 255, 255, 255, 255, 255]
    assert np.abs(shown[1:].astype(int) - pixels[1:]).max() <= 1


@settings(max_examples=60, deadline=None)
@given(
    top=st.sampled_from([255, 4095, 65535, 100_000, 2**31 - 1]),
    kind=st.sampled_from([UNSIGNED, SIGNED]),
    **LAYOUT,
)
def test_integers_of_32_bits_have_the_depth_that_holds_them(top, kind, photometric, **layout):
    pixels = ramp(3 if photometric == 2 else 1)
    samples = np.rint(pixels / 255 * top)
    data = tiff(samples, 32, kind=kind, photometric=photometric, **layout)
    assert_shows(data, pixels, photometric)


@pytest.mark.parametrize("bits", [8, 16])
def test_signed_samples_lie_around_zero_if_one_is_negative(bits):
    pixels = ramp(1)
    half = 2 ** (bits - 1)
    samples = np.rint(pixels / 255 * (2 * half - 1)) - half
    assert_shows(tiff(samples, bits, kind=SIGNED), pixels)


def test_opacity_is_laid_on_white():
    colours = np.full((4, 6, 4), 0, np.uint16)
    colours[..., 3] = 65535 // 2
    data = tiff(colours, 16, photometric=2, tags=[(338, "H", [2])])
    assert np.abs(decode(data, "x").astype(int) - 128).max() <= 1


@pytest.mark.parametrize("kind", [np.uint16, np.float32])
@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", None])
def test_what_pillow_compresses_is_read(kind, compression):
    pixels = ramp(1, 300, 200)[..., 0]
    samples = pixels.astype(kind) * 257 if kind is np.uint16 else pixels.astype(kind) / 255
    file = io.BytesIO()
    Image.fromarray(samples).save(file, "TIFF", compression=compression)
    assert np.abs(decode_gray(file.getvalue(), "x").astype(int) - pixels).max() <= 1


@pytest.mark.parametrize("kind", ["uint16", "uint32", "float32", "float64"])
@pytest.mark.parametrize("tile", [None, (32, 48)])
@pytest.mark.parametrize("order", "<>")
def test_what_tifffile_writes_is_read(kind, tile, order):
    import tifffile

    pixels = ramp(3, 100, 70)
    top = {"uint16": 65535, "uint32": 2**32 - 1}.get(kind, 1)
    file = io.BytesIO()
    tifffile.imwrite(
        file, (pixels / 255 * top).astype(kind), photometric="rgb", tile=tile, byteorder=order,
        compression="zlib",
    )
    assert_shows(file.getvalue(), pixels)


def test_neighbours_differences_are_added_up():
    pixels = ramp(3)
    samples = pixels.astype(np.uint16) * 257
    steps = np.diff(samples, axis=1, prepend=np.zeros_like(samples[:, :1]))
    for order in "<>":
        data = tiff(steps, 16, photometric=2, order=order, deflate=True, tags=[(317, "H", [2])])
        assert_shows(data, pixels)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate"])
def test_differences_of_libtiff_are_added_up(compression):
    pixels = ramp(1, 300, 200)[..., 0]
    file = io.BytesIO()
    picture = Image.fromarray(pixels.astype(np.uint16) * 257)
    picture.save(file, "TIFF", compression=compression, tiffinfo={317: 2})
    assert np.abs(decode_gray(file.getvalue(), "x").astype(int) - pixels).max() <= 1


@pytest.mark.parametrize("order", "<>")
def test_differences_of_fractions_are_added_up(order):
    pixels = ramp(3)
    # The bytes of a row, the highest of each sample first, then their differences by pixel.
    rows = (pixels / 255).astype(">f4").reshape(len(pixels), -1)
    parts = rows.view(np.uint8).reshape(*rows.shape, 4).transpose(0, 2, 1)
    parts = parts.reshape(len(rows), -1, 3)
    steps = np.diff(parts, axis=1, prepend=np.zeros_like(parts[:, :1])).reshape(len(rows), -1)
    samples = steps.view(f"{order}f4").reshape(pixels.shape)
    data = tiff(
        samples, 32, kind=FRACTION, photometric=2, order=order, deflate=True,
        tags=[(317, "H", [3])],
    )
    assert_shows(data, pixels)


def test_a_deep_picture_is_turned_upright():
    samples = np.array([[[1000], [60000]]])
    data = tiff(samples, 16, tags=[(274, "H", [6])])
    assert decode_gray(data, "x").tolist() == [[4], [233]]


def test_cut_off_samples_are_refused():
    data = tiff(ramp(1) * 16, 12)
    head = data[:4] + struct.pack("<I", 8) + data[struct.unpack_from("<I", data, 4)[0] :]
    with pytest.raises(PictureError, match="cut off or corrupted"):
        decode(head, "x.tif")


@pytest.mark.parametrize(
    ("bits", "kind", "photometric"), [(16, UNSIGNED, 8), (24, FRACTION, 1), (12, SIGNED, 1)]
)
def test_samples_that_are_not_read_are_named(bits, kind, photometric):
    data = tiff(ramp(3 if photometric == 8 else 1), bits, kind=kind, photometric=photometric)
    with pytest.raises(PictureError, match=r"has samples of a kind or size that is not supported"):
        decode(data, "x")


def test_lab_is_converted():
    # CIE L*a*b* of 8 bits: white, and sRGB's red (54.3, 80.8, 69.9) under D50; a and b are signed.
    samples = np.array([[[255, 0, 0], [138, 81, 70]]], np.uint8)
    shown = decode(tiff(samples, 8, photometric=8), "x").astype(int)
    assert np.abs(shown - [[[255, 255, 255], [255, 0, 0]]]).max() <= 6


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=200, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255), end=st.floats(0.3, 1))
def test_a_broken_deep_tiff_never_raises_anything_else(place, byte, end):
    data = bytearray(tiff(ramp(1, 9, 5).astype(np.uint16), 12, rows=2, deflate=True))
    data[int(place * len(data))] = byte
    with contextlib.suppress(PictureError):
        assert decode_gray(bytes(data[: int(end * len(data)) + 1]), "x").ndim == 2
