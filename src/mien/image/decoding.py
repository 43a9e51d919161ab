"""From picture files to upright RGB pixels."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from mien.errors import PictureError
from mien.image.colour import to_gray, to_srgb
from mien.image.deep_tiff import read_deep
from mien.image.formats import open_header
from mien.image.repair import without_metadata
from mien.image.tiff import first_page
from mien.image.truncation import continued

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

_Result = TypeVar("_Result")


class _DamagedError(PictureError):
    """A picture that a reader cannot make sense of unless it is repaired."""


MAX_MEGAPIXELS = 64.0
"""Larger pictures are refused unless asked for: 64 megapixels take 192 MB as RGB."""

MAX_MEGABYTES = 400.0
"""Larger files are refused unless asked for: 64 megapixels of 16 bits take 384 MB as TIFF."""

_ORIENTATION = 0x0112  # the EXIF tag, "Orientation"


def load(
    path: str | Path,
    max_megapixels: float = MAX_MEGAPIXELS,
    max_megabytes: float = MAX_MEGABYTES,
) -> NDArray[np.uint8]:
    """Read a picture file, RGB ``uint8 [H, W, 3]``; otherwise like `decode`.

    Parameters
    ----------
    path
        The file.
    max_megapixels
        As in `decode`.
    max_megabytes
        Files with more million bytes are refused before they are read.

    Raises
    ------
    PictureError
        If the file is missing, a folder, unreadable, over the limit, or not a picture that
        `decode` takes.
    """
    try:
        with Path(path).open("rb") as file:
            check_bytes(os.fstat(file.fileno()).st_size, str(path), max_megabytes)
            data = file.read()
    except FileNotFoundError as error:
        raise PictureError(
            f"Expected a picture at {path}, but there is no such file.", "Check the path."
        ) from error
    except IsADirectoryError as error:
        raise PictureError(
            f"Expected a picture at {path}, but it is a folder.", "Name a file in it."
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise PictureError(
            f"Cannot read {path}: {reason}.", "Check the path and its permissions."
        ) from error
    return decode(data, str(path), max_megapixels)


def decode(
    data: bytes, name: str, max_megapixels: float = MAX_MEGAPIXELS
) -> NDArray[np.uint8]:
    """Decode the bytes of a picture file.

    Any colour mode becomes 8-bit RGB. Deep samples are scaled by the range that the file declares
    (`mien.image.deep_tiff`), transparent pixels are blended with white, and an embedded colour
    profile is applied unless it is that of sRGB, so the result is sRGB (`mien.image.colour`). The
    EXIF orientation is applied. Of an animation or a document, only the first frame or page is
    read. A file with damaged metadata, or a JPEG that lacks its end, is still read if its pixels
    are complete.

    Parameters
    ----------
    data
        Content of the file: JPEG, PNG, WebP, GIF, BMP, TIFF, PNM, AVIF, JPEG 2000, or HEIC where
        pillow-heif is installed.
    name
        What messages call the picture.
    max_megapixels
        Pictures with more million pixels are refused before they are decoded.

    Returns
    -------
    numpy.ndarray
        RGB, ``uint8 [H, W, 3]``, upright.

    Raises
    ------
    PictureError
        If the data is empty, in another format, cut off, corrupted, or over the limit.
    """
    return _decode(data, name, max_megapixels, to_srgb)


def decode_gray(
    data: bytes, name: str, max_megapixels: float = MAX_MEGAPIXELS
) -> NDArray[np.uint8]:
    """Decode the bytes of a picture file to gray ``uint8 [H, W]``; otherwise as `decode`.

    Colours are weighed by the luma of ITU-R BT.601.
    """
    return _decode(data, name, max_megapixels, to_gray)


def _decode(
    data: bytes,
    name: str,
    max_megapixels: float,
    convert: Callable[[PillowImage], PillowImage],
) -> NDArray[np.uint8]:
    if not data:
        raise PictureError(f"{name} is empty: it has 0 bytes.", "Get the file again.")
    try:
        return _decode_once(data, name, max_megapixels, convert)
    except _DamagedError as error:
        for bare in without_metadata(data):
            with contextlib.suppress(PictureError):
                return _decode_once(bare, name, max_megapixels, convert)
        with contextlib.suppress(PictureError):
            whole = _decode_endless(data, name, max_megapixels, convert)
            if whole is not None:
                return whole
        raise PictureError(error.problem, error.fix) from error


def _decode_endless(
    data: bytes,
    name: str,
    max_megapixels: float,
    convert: Callable[[PillowImage], PillowImage],
) -> NDArray[np.uint8] | None:
    """Decode a JPEG that lacks its end; None if pixels are missing too."""
    first = None
    for version in continued(data):
        pixels = _decode_once(version, name, max_megapixels, convert)
        if first is not None and not np.array_equal(first, pixels):
            return None
        first = pixels
    return first


def _decode_once(
    data: bytes,
    name: str,
    max_megapixels: float,
    convert: Callable[[PillowImage], PillowImage],
) -> NDArray[np.uint8]:
    page = first_page(data)
    if page is not None and page.is_raw:
        raise PictureError(
            f"{name} holds the raw data of a camera, which is not supported.",
            "Convert it to JPEG with the camera's program or a photo editor.",
        )
    if page is not None and page.is_deep:
        check_size(*page.size, name, max_megapixels)
        picture = _guarded(functools.partial(read_deep, page), name)
    else:
        picture = _guarded(functools.partial(open_header, data, name), name)
        check_size(*picture.size, name, max_megapixels)
    return _guarded(lambda: _upright(convert(picture), picture), name)


def from_pillow(
    picture: PillowImage, name: str, max_megapixels: float = MAX_MEGAPIXELS
) -> NDArray[np.uint8]:
    """Turn a Pillow image of any mode into upright RGB pixels; otherwise as `decode`."""
    check_size(*picture.size, name, max_megapixels)
    try:
        return _guarded(lambda: _upright(to_srgb(picture), picture), name)
    except _DamagedError as error:
        raise PictureError(error.problem, error.fix) from error


def _guarded(step: Callable[[], _Result], name: str) -> _Result:
    """Run a step of decoding; any exception becomes one sentence."""
    from PIL import Image

    try:
        return step()
    except PictureError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise PictureError(
            f"{name} is too large to decode: {error}.", "Shrink the picture first."
        ) from error
    except (SyntaxError, NotImplementedError) as error:
        if "unknown pixel mode" not in str(error):
            raise _damaged(name, error) from error
        raise PictureError(
            f"{name} has samples of a kind or size that is not supported.",
            "Save it as PNG or as JPEG in a photo editor.",
        ) from error
    # Broad on purpose: on damaged files Pillow's readers raise struct.error, KeyError, TypeError,
    # ZeroDivisionError and more, which share no base class.
    except Exception as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> _DamagedError:
    return _DamagedError(
        f"{name} is cut off or corrupted: {str(error) or type(error).__name__}.",
        "Get the file again, or save it again in a picture editor.",
    )


def check_bytes(size: int, name: str, max_megabytes: float) -> None:
    """Refuse a picture by the bytes of its file.

    Raises
    ------
    PictureError
        If it has more than `max_megabytes` million bytes.
    """
    megabytes = size / 1e6
    if megabytes > max_megabytes:
        raise PictureError(
            f"{name} has {megabytes:,.1f} MB, over the limit of {max_megabytes:g}.",
            f"Shrink it, or allow it with max_megabytes={int(megabytes) + 1}.",
            "max_megabytes",
        )


def check_size(width: int, height: int, name: str, max_megapixels: float) -> None:
    """Refuse a picture by its width and height in pixels.

    Raises
    ------
    PictureError
        If it has more than `max_megapixels` million pixels.
    """
    megapixels = width * height / 1e6
    if megapixels > max_megapixels:
        raise PictureError(
            f"{name} has {width} x {height} = {megapixels:.1f} megapixels,"
            f" over the limit of {max_megapixels:g}.",
            f"Shrink it, or allow it with max_megapixels={int(megapixels) + 1}.",
            "max_megapixels",
        )


def _upright(pixels: PillowImage, picture: PillowImage) -> NDArray[np.uint8]:
    """Turn the pixels as the EXIF orientation (1 to 8) of the opened picture says."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(_orientation(picture))
    return np.array(pixels if turn is None else pixels.transpose(turn))


def _orientation(picture: PillowImage) -> int:
    """Read the EXIF orientation; 1, upright, where the EXIF data are damaged."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    # Broad on purpose: what Pillow's reader of EXIF raises for damaged data, from struct.error to
    # TypeError, shares no base class.
    except Exception:
        return 1
