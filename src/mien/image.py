"""From picture files to upright RGB pixels."""

from __future__ import annotations

import functools
import importlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from mien.errors import PictureError

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

_Result = TypeVar("_Result")

MAX_MEGAPIXELS = 64.0
"""Larger pictures are refused unless asked for: 64 megapixels take 192 MB as RGB."""

# Each format with the module of Pillow that reads it. Others stay out: some start programs
# (EPS), and none is used for photos.
_READERS = {
    "JPEG": "PIL.JpegImagePlugin",
    "PNG": "PIL.PngImagePlugin",
    "WEBP": "PIL.WebPImagePlugin",
    "GIF": "PIL.GifImagePlugin",
    "BMP": "PIL.BmpImagePlugin",
    "TIFF": "PIL.TiffImagePlugin",
    "PPM": "PIL.PpmImagePlugin",
    "AVIF": "PIL.AvifImagePlugin",
    "JPEG2000": "PIL.Jpeg2KImagePlugin",
}

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
    | {".ppm", ".pgm", ".pbm", ".avif", ".jp2"}
)
"""Endings, in small letters, of the files that a folder is searched for."""

_SIGNATURE = 16
_PNG = b"\x89PNG\r\n\x1a\n"
_ORIENTATION = 0x0112  # the EXIF tag, "Orientation"


def load(path: str | Path, max_megapixels: float = MAX_MEGAPIXELS) -> NDArray[np.uint8]:
    """Read a picture file.

    Parameters
    ----------
    path
        The file.
    max_megapixels
        Pictures with more million pixels are refused.

    Returns
    -------
    numpy.ndarray
        RGB, ``uint8 [H, W, 3]``, upright.

    Raises
    ------
    PictureError
        If the file is missing, a folder, unreadable, or not a picture that `decode` takes.
    """
    try:
        data = Path(path).read_bytes()
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

    Any colour mode becomes RGB: 16-bit gray is scaled to 8 bits, transparency is laid on white.
    The EXIF orientation is applied. Only the first frame of an animation is read.

    Parameters
    ----------
    data
        Content of the file: JPEG, PNG, WebP, GIF, BMP, TIFF, PPM, AVIF or JPEG 2000.
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
    return _decode(data, name, max_megapixels, _rgb)


def decode_gray(
    data: bytes, name: str, max_megapixels: float = MAX_MEGAPIXELS
) -> NDArray[np.uint8]:
    """Decode the bytes of a picture file to gray ``uint8 [H, W]``; otherwise as `decode`.

    Colours are weighed by the luma of ITU-R BT.601.
    """
    return _decode(data, name, max_megapixels, _gray)


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
    except PictureError:
        # Texts or a colour profile may be damaged or huge while the pixels are whole.
        bare = _without_metadata(data)
        if bare is None:
            raise
        return _decode_once(bare, name, max_megapixels, convert)


def _decode_once(
    data: bytes,
    name: str,
    max_megapixels: float,
    convert: Callable[[PillowImage], PillowImage],
) -> NDArray[np.uint8]:
    picture = _open(data, name)
    check_size(*picture.size, name, max_megapixels)
    return _guarded(lambda: _upright(convert(picture), picture), name)


def _without_metadata(data: bytes) -> bytes | None:
    """Return a PNG without what its pixels do not need; None if nothing can be left out.

    Chunks whose names begin with a capital are needed (PNG specification, 4.7), and so are
    transparency and orientation.
    """
    if not data.startswith(_PNG):
        return None
    kept, place, dropped = [_PNG], len(_PNG), False
    while place + 12 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        if kind[:1].isupper() or kind in (b"tRNS", b"eXIf"):
            kept.append(data[place:end])
        else:
            dropped = True
        place = end
    return b"".join(kept) if dropped else None


def from_pillow(
    picture: PillowImage, name: str, max_megapixels: float = MAX_MEGAPIXELS
) -> NDArray[np.uint8]:
    """Turn a Pillow image of any mode into upright RGB pixels; otherwise as `decode`."""
    check_size(*picture.size, name, max_megapixels)
    return _guarded(lambda: _upright(_rgb(picture), picture), name)


def _open(data: bytes, name: str) -> PillowImage:
    """Read the header with the format's own reader.

    ``Image.open`` does the same and then checks the size against a limit that is global to the
    process; `check_size` checks it against the caller's.
    """
    from PIL import Image

    for kind, module in _READERS.items():
        importlib.import_module(module)
        factory, accept = Image.OPEN[kind]
        # A reader that is not built in answers with a text instead of True.
        if accept is None or accept(data[:_SIGNATURE]) is True:
            return _guarded(functools.partial(factory, io.BytesIO(data), ""), name)
    raise PictureError(
        f"{name} is not a picture in one of the formats {', '.join(_READERS)}.",
        "Save it as JPEG or PNG; the ending of its name does not matter.",
    )


def _guarded(step: Callable[[], _Result], name: str) -> _Result:
    """Run a step of decoding; any exception becomes one sentence."""
    from PIL import Image

    try:
        return step()
    except (Image.DecompressionBombError, MemoryError) as error:
        raise PictureError(
            f"{name} is too large to decode: {error}.", "Shrink the picture first."
        ) from error
    # The exceptions of Pillow's readers share no base class.
    except Exception as error:
        raise PictureError(
            f"{name} is cut off or corrupted: {str(error) or type(error).__name__}.",
            "Get the file again, or save it anew in a picture editor.",
        ) from error


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


def _rgb(picture: PillowImage) -> PillowImage:
    """Decode the pixels and bring any colour mode to RGB."""
    from PIL import Image

    picture.load()
    if picture.mode[0] in "IF":
        return Image.fromarray(_eight_bits(np.asarray(picture), picture.mode)).convert("RGB")
    if "transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        opaque = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(opaque, picture.convert("RGBA")).convert("RGB")
    return picture.convert("RGB")


def _gray(picture: PillowImage) -> PillowImage:
    """Decode the pixels and bring any colour mode to gray."""
    if picture.mode == "L" and "transparency" not in picture.info:
        picture.load()
        return picture
    return _rgb(picture).convert("L")


def _eight_bits(gray: NDArray[np.generic], mode: str) -> NDArray[np.uint8]:
    """Scale deep gray ``[H, W]`` to 0..255: integers from 16 bits, fractions from 0..1.

    Values that already stay under 256 in a 32-bit mode are taken as they are.
    """
    values = np.nan_to_num(gray.astype(np.float32))
    top = float(values.max(initial=0))
    if mode.startswith("I;16") or (mode == "I" and top > 255):
        values = values / np.float32(257)  # 65535 / 255
    elif mode == "F" and top <= 1:
        values = values * np.float32(255)
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


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
    # What Pillow's reader of EXIF raises for damaged data shares no base class.
    except Exception:
        return 1
