"""Bytes of a clip."""

import itertools

from borders.border import Border, scratch_file

from mien.video import VideoReader

LIMIT = 0.1  # megapixels
FRAMES = 50


def take(data):
    """Read its first frames, and from its middle on."""
    path = scratch_file(data, "clip")
    with VideoReader(path, max_megapixels=LIMIT) as reader:
        size = reader.height, reader.width
        for frame in itertools.islice(reader, FRAMES):
            assert frame.image.shape == (*size, 3)


BORDER = Border(
    "video",
    take,
    longest=8192,
    words=(
        b"ftypisom", b"moov", b"mvhd", b"trak", b"tkhd", b"mdia", b"stsd", b"stts", b"stss",
        b"stsc", b"stsz", b"stco", b"elst", b"mdat", b"avc1", b"avcC", b"RIFF", b"AVI ", b"LIST",
        b"strh", b"idx1", b"\x1a\x45\xdf\xa3", b"GIF89a", b"YUV4MPEG2 ", b"FRAME\n",
        b"\xff\xff\xff\xff", b"\0\0\0\1",
    ),
)  # fmt: skip
