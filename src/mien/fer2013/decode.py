"""Decodes a data set's pictures, and brings them to FER-2013's size."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mien.errors import PictureError
from mien.fer2013.samples import SIZE

LIMIT_BYTES = 64 * 2**20
"""Largest encoded picture that is read."""

LIMIT_SIDE = 10_000
"""Longest side, in pixels, that is decoded; the padded square then takes 100 MB."""

# Only formats that photos come in: Pillow's others include EPS, which runs a program.
_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "PPM", "TIFF", "WEBP")

# What Pillow's decoders raise for broken pictures, besides its own errors, which are OSError.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)

_ORIENTATION = 0x0112


def decode_gray(data: bytes, name: str) -> NDArray[np.uint8]:
    """Decode an encoded picture to gray.

    Parameters
    ----------
    data
        The encoded picture.
    name
        What an error calls it.

    Returns
    -------
    NDArray[np.uint8]
        ``uint8 [H, W]`` at its own size, upright.

    Raises
    ------
    PictureError
        If it is broken, too large, or no picture.
    """
    return _decode(data, name, "L")


def decode_rgb(data: bytes, name: str) -> NDArray[np.uint8]:
    """Decode an encoded picture to RGB, ``uint8 [H, W, 3]``; else as `decode_gray`."""
    return _decode(data, name, "RGB")


def to_face(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring a gray picture to 48x48 without changing its aspect ratio.

    The short side is filled up on both ends by repeating the edge pixels.
    """
    height, width = gray.shape
    if (height, width) == (SIZE, SIZE):
        return gray
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = cv2.copyMakeBorder(
        gray, top, side - height - top, left, side - width - left, cv2.BORDER_REPLICATE
    )
    how = cv2.INTER_AREA if side > SIZE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(square, (SIZE, SIZE), interpolation=how), dtype=np.uint8)


def _decode(data: bytes, name: str, mode: str) -> NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if max(image.size) > LIMIT_SIDE:
                raise _error(name, f"its sides are {image.size[0]} and {image.size[1]} pixels")
            return np.array(_converted(image, mode), dtype=np.uint8)
    except UnidentifiedImageError as error:
        raise _error(name, "it is no JPEG, PNG, BMP, GIF, PPM, TIFF or WebP") from error
    except _BROKEN as error:
        raise _error(name, _reason(error)) from error


def _converted(image: Image.Image, mode: str) -> Image.Image:
    """Turn the picture upright and to 8-bit gray or RGB."""
    image.load()
    if image.mode.startswith(("I", "F")):
        image = _to_eight_bits(image)
    if image.getexif().get(_ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
    if "transparency" in image.info:
        # Pillow warns about palettes with transparency on any other way.
        image = image.convert("RGBA")
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    return image if image.mode == mode else image.convert(mode)


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit gray, which Pillow would clip at 255 instead."""
    values = np.asarray(image)
    if not np.issubdtype(values.dtype, np.integer) or values.min() < 0 or values.max() > 65535:
        raise ValueError(f"pixels of mode {image.mode} are neither 8-bit nor 16-bit")
    return Image.fromarray((values >> 8).astype(np.uint8))


def _reason(error: BaseException) -> str:
    text = str(error).strip().rstrip(".")
    return text[:1].lower() + text[1:] if text else type(error).__name__


def _error(name: str, reason: str) -> PictureError:
    return PictureError(
        f"{name} cannot be decoded: {reason}.",
        f"Give a whole picture in a common format, no side over {LIMIT_SIDE:,} pixels.",
    )
