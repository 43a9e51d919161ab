"""From anything that is a picture (path, bytes, file, Pillow image, array) to RGB pixels."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

from mien.errors import PictureError, SettingsError
from mien.image import MAX_MEGABYTES, MAX_MEGAPIXELS, check_size, decode, from_pillow, load
from mien.perception.conversion import advice, described
from mien.words import printable

if TYPE_CHECKING:
    from PIL.Image import Image

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)

Channels = Literal["RGB", "BGR"]
"""The order of an array's colours; OpenCV's is BGR."""


class BinaryFile(Protocol):
    """Anything with a ``read`` that returns bytes; it is read from where it stands to its end."""

    def read(self) -> bytes:
        """Return the rest of the file."""
        ...


Source: TypeAlias = Union[str, Path, bytes, BinaryFile, NDArray[np.uint8], "Image"]
"""A picture: path of a file, bytes of a file, a binary file, a Pillow image, or pixels: gray
``uint8 [H, W]`` or ``[H, W, 1]``, colour ``[H, W, 3]``, with opacity ``[H, W, 4]``."""


def open_picture(
    source: Source,
    channels: Channels = "RGB",
    max_megapixels: float = MAX_MEGAPIXELS,
    max_megabytes: float = MAX_MEGABYTES,
) -> NDArray[np.uint8]:
    """Return the upright pixels of a picture.

    Parameters
    ----------
    source
        See `Source`.
    channels
        Order of the colours if the source is an array; other sources know their own.
    max_megapixels
        Pictures with more million pixels are refused.
    max_megabytes
        Files with more million bytes are refused before they are read.

    Returns
    -------
    numpy.ndarray
        RGB, ``uint8 [H, W, 3]``; the source itself if it is such an array.

    Raises
    ------
    PictureError
        If the source cannot be decoded, is not a picture, or is over a limit.
    SettingsError
        If `channels` is neither RGB nor BGR.
    """
    check_channels(channels)
    if isinstance(source, str | os.PathLike):
        check_path(source)
        return load(Path(source), max_megapixels, max_megabytes)
    if isinstance(source, bytes | bytearray | memoryview):
        return decode(bytes(source), "the given bytes", max_megapixels)
    if isinstance(source, np.ndarray):
        return _from_array(source, channels, max_megapixels)
    if hasattr(source, "read"):
        return _from_file(source, max_megapixels)
    from PIL import Image

    if isinstance(source, Image.Image):
        return from_pillow(source, source_name(source), max_megapixels)
    raise _not_a_picture(source)


def check_channels(channels: str) -> None:
    """Refuse an unknown order of colours.

    Raises
    ------
    SettingsError
        If it is neither RGB nor BGR.
    """
    if channels not in ("RGB", "BGR"):
        raise SettingsError(
            f"Expected channels RGB or BGR, got {channels!r}.", "Use BGR for OpenCV's arrays."
        )


def check_path(source: str | os.PathLike[str]) -> None:
    """Refuse a path that is empty, or is an address.

    Raises
    ------
    PictureError
        If it is one.
    """
    name = source_name(source)
    # An empty Path is the current folder for Python.
    if not name.strip():
        raise PictureError(
            "Expected the path of a picture, got an empty text.", "Name a file, such as 'a.jpg'."
        )
    if (address := _ADDRESS.match(name)) and not Path(source).exists():
        raise PictureError(
            f"{name} is an address, and mien does not fetch pictures itself.",
            "Name the path without file://."
            if address[1].lower() == "file"
            else "Download the picture, and name the file.",
        )


def source_name(source: object) -> str:
    """Return what results call a source: its path, or a word such as ``"<array>"``."""
    if isinstance(source, str | os.PathLike):
        # Names that are not UTF-8 can be opened, but not printed.
        return printable(source)
    if isinstance(source, bytes | bytearray | memoryview):
        return "<bytes>"
    if isinstance(source, np.ndarray):
        return "<array>"
    name = getattr(source, "filename", None) or getattr(source, "name", None)
    if isinstance(name, str) and name:
        return source_name(name)
    return "<file>" if hasattr(source, "read") else "<image>"


def _from_file(file: BinaryFile, max_megapixels: float) -> NDArray[np.uint8]:
    """Decode the rest of a binary file; an error says if that was not the whole file."""
    start = _position(file)
    try:
        return decode(_content(file), source_name(file), max_megapixels)
    except PictureError as error:
        # A picture that is too large is a picture nevertheless.
        if not start or error.setting is not None:
            raise
        raise PictureError(
            f"{error.problem} It was read from byte {start:,} on, where the file stood.",
            "Go back to its start with file.seek(0).",
        ) from error


def _position(file: BinaryFile) -> int:
    """Return at which byte a file will be read on; 0 if it does not know."""
    try:
        return int(file.tell())  # type: ignore[attr-defined]
    except (AttributeError, OSError, TypeError, ValueError):
        return 0


def _content(file: BinaryFile) -> bytes:
    """Read a binary file to its end."""
    try:
        data = file.read()
    except (OSError, ValueError) as error:
        raise PictureError(
            f"Cannot read {source_name(file)}: {error}.", "Open the file for reading in binary."
        ) from error
    if not isinstance(data, bytes):
        raise PictureError(
            f"Expected bytes from {source_name(file)}, got {type(data).__name__}.",
            "Open the file in binary: open(path, 'rb').",
        )
    return data


def _from_array(
    pixels: NDArray[np.uint8], channels: Channels, max_megapixels: float
) -> NDArray[np.uint8]:
    """Bring an array of gray or coloured pixels to RGB; opacity is laid on white."""
    depth = pixels.shape[2] if pixels.ndim == 3 else 1
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or not pixels.size:
        raise _not_a_picture(pixels)
    if depth not in (1, 3, 4):
        raise _not_a_picture(pixels)
    check_size(pixels.shape[1], pixels.shape[0], source_name(pixels), max_megapixels)
    if depth == 1:
        return np.repeat(pixels.reshape(*pixels.shape[:2], 1), 3, axis=2)
    colours = pixels[..., :3] if channels == "RGB" else pixels[..., 2::-1]
    if depth == 4:
        opacity = pixels[..., 3:].astype(np.float32) / 255
        return np.rint(colours * opacity + 255 * (1 - opacity)).astype(np.uint8)
    return np.ascontiguousarray(colours)


def _not_a_picture(source: object) -> PictureError:
    return PictureError(
        f"Expected a picture: a path, bytes, a binary file, a Pillow image, or pixels uint8 [H, W]"
        f" or [H, W, 3], got {described(source)}.",
        advice(source),
    )
