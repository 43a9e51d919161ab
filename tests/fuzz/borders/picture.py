"""Bytes of a picture."""

import numpy as np
from borders.border import Border

from mien.image import decode, decode_gray

LIMIT = 1.0  # megapixels


def take(data):
    """Decode in colour, and in gray where that worked."""
    image = decode(data, "the picture", LIMIT)
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.size
    gray = decode_gray(data, "the picture", LIMIT)
    assert gray.shape == image.shape[:2]


BORDER = Border(
    "picture",
    take,
    longest=4096,
    words=(
        b"\xff\xd8", b"\xff\xd9", b"\xff\xc0", b"\xff\xc2", b"\xff\xc4", b"\xff\xda", b"\xff\xe1",
        b"Exif\0\0", b"\x89PNG\r\n\x1a\n", b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf",
        b"acTL", b"fcTL", b"iCCP", b"GIF89a", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"P6 ", b"Pf\n",
        b"RIFF", b"WEBPVP8 ", b"VP8L", b"VP8X", b"ANMF", b"ftypavif", b"ftypheic", b"meta",
        b"iloc", b"iinf", b"ispe", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51", b"\xff\xff\xff\xff",
    ),
)  # fmt: skip
