"""Whole pixels are read however bad the metadata beside them are."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from mien.errors import PictureError
from mien.image import decode

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def encoded(kind, **options):
    file = io.BytesIO()
    Image.fromarray(PIXELS).save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes, checksum: int | None = None) -> bytes:
    crc = zlib.crc32(kind + content) if checksum is None else checksum
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)


OF_PNG = {
    "malformed EXIF": chunk(b"eXIf", b"\x00\x08\x00\x02\x01\x12\x00\x03"),
    "a long text": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(3_000_000))),
    "a huge profile": chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(3_000_000))),
    "a broken profile": chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(300))),
    "a comment with a wrong checksum": chunk(b"tEXt", b"Comment\0hello", checksum=0),
    "a physical size with a wrong checksum": chunk(b"pHYs", bytes(9), checksum=1),
    "a physical size that is too short": chunk(b"pHYs", b"\0"),
    "an animation of no frames": chunk(b"acTL", bytes(8)),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", OF_PNG)
def test_png(kind):
    data = encoded("PNG")
    # After the signature and the header, 8 and 25 bytes.
    damaged = data[:33] + OF_PNG[kind] + data[33:]
    np.testing.assert_array_equal(decode(damaged, "x.png"), PIXELS)


def segment(marker: int, body: bytes, length: int | None = None) -> bytes:
    number = len(body) + 2 if length is None else length
    return bytes([0xFF, marker]) + struct.pack(">H", number) + body


OF_JPEG = {
    "EXIF of nothing": segment(0xE1, b"Exif\0\0"),
    "EXIF of another kind": segment(0xE1, b"Exif\0\0" + b"II*\0" + b"\xff" * 40),
    "EXIF that is cut off": segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\x05\x01\x12"),
    "EXIF longer than it says": segment(0xE1, b"Exif\0\0" + bytes(300), length=20),
    "a comment longer than it says": segment(0xFE, b"hello " * 20, length=4),
    "a comment of no length": segment(0xFE, b"hello", length=0),
    "a comment as long as a segment": segment(0xFE, bytes(65_533)),
    "a profile in too few pieces": segment(0xE2, b"ICC_PROFILE\0\1\x09" + bytes(500)),
    "a huge profile": b"".join(
        segment(0xE2, b"ICC_PROFILE\0" + bytes([number, 40]) + bytes(65_000))
        for number in range(1, 41)
    ),
    "a table of pictures that is none": segment(0xE2, b"MPF\0" + b"\xff" * 30),
    "Photoshop's resources cut off": segment(0xED, b"Photoshop 3.0\x008BIM\x04"),
    "Adobe's segment cut off": segment(0xEE, b"Adobe"),
    "JFIF's segment cut off": segment(0xE0, b"JFIF\0"),
    "fill bytes": b"\xff\xff\xff",
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", OF_JPEG)
def test_jpeg(kind):
    data = encoded("JPEG", quality=95)
    np.testing.assert_array_equal(
        decode(data[:2] + OF_JPEG[kind] + data[2:], "x.jpg"), decode(data, "x.jpg")
    )


def turned(kind, **options):
    """A picture that is to be turned upside down."""
    exif = Image.Exif()
    exif[0x0112] = 3
    return encoded(kind, exif=exif, **options)


def test_the_orientation_is_kept_where_only_other_metadata_are_damaged():
    data = turned("PNG")
    np.testing.assert_array_equal(
        decode(data[:33] + OF_PNG["a long text"] + data[33:], "x"), PIXELS[::-1, ::-1]
    )
    data = turned("JPEG")
    damaged = data[:2] + OF_JPEG["a comment longer than it says"] + data[2:]
    np.testing.assert_array_equal(decode(damaged, "x"), decode(data, "x"))


def webp_chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


@pytest.mark.parametrize(
    "extra",
    [
        webp_chunk(b"EXIF", b"\xff" * 9),
        webp_chunk(b"XMP ", b"<"),
        webp_chunk(b"ABCD", b"?" * 3),
        b"EXIF\xff\xff\xff\x7f",
    ],
)
def test_webp(extra):
    data = turned("WEBP", lossless=True) + extra
    long = data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    for file in (data, long):
        image = decode(file, "x.webp")
        assert image.shape == PIXELS.shape
        assert (image == PIXELS[::-1, ::-1]).all()


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("tag", "kind", "count", "value"),
    [
        (270, 2, 2_000_000_000, 8),  # a description that lies outside the file
        (34665, 4, 1, 4_000_000_000),  # EXIF there too
        (34675, 7, 2_000_000, 8),  # a profile
        (282, 5, 1, 4_000_000_000),  # resolution
        (700, 1, 5, 4_000_000_000),  # XMP
        (33432, 99, 1, 0),  # a type that there is not
    ],
)
def test_tiff(tag, kind, count, value):
    data = encoded("TIFF", compression="tiff_lzw")
    start = struct.unpack_from("<I", data, 4)[0]
    number = struct.unpack_from("<H", data, start)[0]
    entries = [data[start + 2 + 12 * i : start + 14 + 12 * i] for i in range(number)]
    entries.append(struct.pack("<HHII", tag, kind, count, value))
    entries.sort(key=lambda entry: struct.unpack_from("<H", entry)[0])
    table = struct.pack("<H", number + 1) + b"".join(entries) + bytes(4)
    damaged = data[:4] + struct.pack("<I", len(data)) + data[8:] + table
    np.testing.assert_array_equal(decode(damaged, "x.tif"), PIXELS)


def test_a_huge_profile_is_no_reason_to_refuse_a_tiff():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded("TIFF", icc_profile=profile + bytes(2_000_000))
    np.testing.assert_array_equal(decode(data, "x.tif"), PIXELS)


def test_damaged_pixels_are_still_refused():
    data = encoded("PNG")
    with pytest.raises(PictureError, match="cut off or corrupted"):
        decode(data[:33] + OF_PNG["a long text"] + data[33:50], "x.png")
    data = encoded("JPEG")
    with pytest.raises(PictureError, match="cut off or corrupted"):
        decode(data[:2] + OF_JPEG["a comment of no length"] + data[2:-200], "x.jpg")
    data = encoded("WEBP", lossless=True)
    with pytest.raises(PictureError, match="cut off or corrupted"):
        decode(data[:-200], "x.webp")
