"""Fits text into pixels, in the one font that every machine has."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator

from PIL import ImageFont

from mien.classes import Colour


@functools.cache
def font(size: float) -> ImageFont.FreeTypeFont:
    """Return Pillow's own font, which has little more than ASCII."""
    default = ImageFont.load_default(size)
    assert isinstance(default, ImageFont.FreeTypeFont)
    return default


def is_light(colour: Colour) -> bool:
    """Return whether black text reads better on a colour than white (luma of ITU-R BT.601)."""
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue > 120


def plain(text: str) -> str:
    """Drop accents, and replace characters that the font lacks by question marks."""
    parts = unicodedata.normalize("NFKD", text)
    letters = "".join(part for part in parts if not unicodedata.combining(part))
    return letters.encode("ascii", "replace").decode()


def shortened(text: str, width: float, size: float) -> str:
    """Cut the middle out of a text until it fits; characters the font lacks are replaced.

    Parameters
    ----------
    text
        Any text.
    width
        Available pixels.
    size
        Size of the font.
    """
    whole = plain(text)
    keep, short = len(whole), whole
    while font(size).getlength(short) > width and keep > 2:
        keep -= 1
        # The ending tells more than the middle does.
        short = f"{whole[: (keep + 1) // 2]}…{whole[len(whole) - keep // 2 :]}"
    return short


def wrapped(text: str, width: float, size: int) -> Iterator[str]:
    """Break a text between words into lines of at most `width` pixels."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".lstrip()
        if line and font(size).getlength(longer) > width:
            yield shortened(line, width, size)
            longer = word
        line = longer
    yield shortened(line, width, size)
