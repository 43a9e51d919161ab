"""Fits texts into pixels, in the one font that every machine has."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator

from PIL import ImageFont


@functools.cache
def font(size: float) -> ImageFont.FreeTypeFont:
    """Give Pillow's own font, which has little more than ASCII."""
    found = ImageFont.load_default(size)
    assert isinstance(found, ImageFont.FreeTypeFont)
    return found


def shortened(text: str, width: float, size: float) -> str:
    """Cut the middle out of a text until it fits; signs the font lacks are replaced.

    Parameters
    ----------
    text
        Any text.
    width
        Pixels there are.
    size
        Size of the font.
    """
    parts = unicodedata.normalize("NFKD", text)
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    plain = plain.encode("ascii", "replace").decode()
    keep, short = len(plain), plain
    while font(size).getlength(short) > width and keep > 2:
        keep -= 1
        # The ending tells more than the middle does.
        short = f"{plain[: (keep + 1) // 2]}…{plain[len(plain) - keep // 2 :]}"
    return short


def wrapped(text: str, width: float, size: int) -> Iterator[str]:
    """Break a text into lines of at most so many pixels, between words."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".lstrip()
        if line and font(size).getlength(longer) > width:
            yield shortened(line, width, size)
            longer = word
        line = longer
    yield shortened(line, width, size)
