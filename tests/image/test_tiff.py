"""The description of a TIFF file is read, however odd it is."""

import runpy
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.errors import PictureError
from mien.image import count_pages, decode
from mien.image.tiff import Tag, first_page

HELPERS = runpy.run_path(str(Path(__file__).with_name("tiff_files.py")))
tiff, ramp = HELPERS["tiff"], HELPERS["ramp"]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("big", [False, True])
def test_a_file_declared_anew_is_the_same(order, big):
    page = first_page(tiff(ramp(3), 16, photometric=2, order=order, big=big, rows=3))
    again = first_page(page.declared_anew({}))
    assert (again.size, again.bits, again.order, again.big) == ((33, 20), 16, order, False)
    assert again.numbers(Tag.STRIP_OFFSETS) == page.numbers(Tag.STRIP_OFFSETS)
    changed = first_page(page.declared_anew({Tag.WIDTH: [5], Tag.STRIP_BYTES: None}))
    assert (changed.size, changed.numbers(Tag.STRIP_BYTES)) == ((5, 20), ())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30, 12.0])
def test_a_number_that_is_none_does_not_pass_for_one(value):
    page = first_page(tiff(ramp(1), 8, tags=[(266, "f", [value])]))
    assert page.number(Tag.FILL_ORDER, 1) == 0
    data = tiff(ramp(1), 8)
    (start,) = struct.unpack_from("<I", data, 4)
    place = data.index(struct.pack("<HHI", 258, 3, 1), start)
    odd = data[:place] + struct.pack("<HHIf", 258, 11, 1, value) + data[place + 12 :]
    with pytest.raises(PictureError):
        decode(odd, "x")


NO_TIFF = [
    b"",
    b"II",
    b"II*\0",
    b"II+\0" + bytes(20),
    b"II+\0\x08\0\0\0" + b"\xff" * 8,
    b"MM\0*" + b"\xff" * 20,
]


@pytest.mark.parametrize("data", NO_TIFF)
def test_what_is_no_tiff_has_no_page(data):
    page = first_page(data)
    assert page is None or not page.entries


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("photometric", [0, 1, 2])
def test_eight_bits_are_exact(order, big, photometric):
    pixels = ramp(3 if photometric == 2 else 1)
    data = tiff(pixels, 8, photometric=photometric, order=order, big=big)
    shown = decode(data, "x")
    expected = pixels if photometric else 255 - pixels
    np.testing.assert_array_equal(shown, np.broadcast_to(expected, shown.shape))


def test_a_cameras_raw_data_are_named_instead_of_their_preview():
    pixels = ramp(3).astype(np.uint8)
    dng = tiff(pixels, 8, photometric=2, tags=[(50706, "I", [1])])
    preview = tiff(pixels, 8, photometric=2, tags=[(254, "I", [1]), (330, "I", [8])])
    for data in (dng, preview):
        with pytest.raises(PictureError, match=r"IMG_1 holds the raw data of a camera"):
            decode(data, "IMG_1")


def test_pages_are_counted_and_the_first_is_read(tmp_path: Path):
    pages = [Image.new("L", (5, 4), level) for level in (10, 20, 30)]
    path = tmp_path / "scan.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert count_pages(path) == 3
    assert (decode(path.read_bytes(), "x") == 10).all()
    pages[0].save(tmp_path / "one.tif")
    pages[0].save(tmp_path / "one.png")
    assert count_pages(tmp_path / "one.tif") == count_pages(tmp_path / "one.png") == 1
    assert count_pages(tmp_path / "none.tif") == 1
    # A chain of pages that leads back to its beginning ends.
    data = tiff(ramp(1), 8)
    start = data[4:8]
    (tmp_path / "loop.tif").write_bytes(data[:-4] + start)
    assert count_pages(tmp_path / "loop.tif") == 2
