"""Fits text into pixels and writes it, in fonts that have its letters.

Labels are in Roboto, which comes with mien and has Latin, Greek and Cyrillic letters; letters that
it lacks are in a font of the machine, if there is one.
"""

from __future__ import annotations

import functools
import itertools
import math
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from mien import fonts
from mien.classes import Colour, Expression
from mien.words import escaped

_ROBOTO = Path(__file__).parent / "roboto" / "Roboto-Regular.ttf"

_FINE = 4


def font(size: float) -> ImageFont.FreeTypeFont:
    """Return the font of labels, Roboto, in a size in pixels."""
    return _load(_ROBOTO, size)


@functools.lru_cache(maxsize=256)
def _load(path: Path, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.FreeTypeFont(path, size)


def is_light(colour: Colour) -> bool:
    """Return whether black text reads better on a colour than white (luma of ITU-R BT.601)."""
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue > 120


def can_write(text: str) -> bool:
    """Return whether there is a font for every character of a text."""
    return all(_file_for(character) for character in set(unicodedata.normalize("NFC", text)))


def name_of(expression: Expression) -> str:
    """Return an expression's name, or ``"class 3"`` if no font here has all of its letters."""
    return expression.name if can_write(expression.name) else f"class {expression.number}"


def readable(text: str) -> str:
    r"""Compose accents, escape control characters, and replace what no font has by ``?``.

    A line break in a file's name is written as ``\n``, so that a text stays one line.
    """
    composed = escaped(unicodedata.normalize("NFC", text))
    return "".join(sign if _file_for(sign) else "?" for sign in composed)


def _file_for(character: str) -> Path | None:
    """Return the first font file that has a character; None if no font has it."""
    return _ROBOTO if _in_roboto(character) else fonts.font_with(character)


@functools.lru_cache(maxsize=4096)
def _in_roboto(character: str) -> bool:
    return character.isspace() or fonts.has(font(20), character)


def _runs(text: str, size: float) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    """Split a readable text into parts that have one font each."""
    parts = itertools.groupby(text, key=lambda sign: _file_for(sign) or _ROBOTO)
    return [("".join(signs), _load(path, size)) for path, signs in parts]


def length(text: str, size: float) -> float:
    """Return how many pixels wide a text is; characters without a font are replaced."""
    return _length(text, size, fonts.folders())


@functools.lru_cache(maxsize=4096)
def _length(text: str, size: float, _folders: tuple[Path, ...]) -> float:
    return sum(part.getlength(run) for run, part in _runs(readable(text), size * _FINE)) / _FINE


def write(
    picture: Image.Image,
    spot: tuple[float, float],
    text: str,
    size: float,
    colour: Colour,
    anchor: str = "la",
) -> None:
    """Write a line of text; characters without a font are replaced.

    Parameters
    ----------
    picture
        Is written on.
    spot
        Where the text goes, x and y in pixels.
    text
        One line.
    size
        In pixels.
    colour
        Of the letters.
    anchor
        What of the text lies at the spot: ``l``, ``m`` or ``r`` for its left end, middle or right
        end, then ``a`` or ``m`` for the top or middle of its letters.
    """
    shift = {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]]
    x, y = spot[0] - shift * length(text, size), spot[1]
    ascent, descent = (value / _FINE for value in font(size * _FINE).getmetrics())
    # All parts stand on the base line of Roboto, whatever their own heights are.
    y += ascent if anchor[1] == "a" else (ascent - descent) / 2
    left, top = math.floor(x - size / 4), math.floor(y - 1.5 * size)
    letters = _letters(readable(text), size, (x - left, y - top))
    picture.paste(colour, (left, top), letters)


def _letters(text: str, size: float, spot: tuple[float, float]) -> Image.Image:
    """Draw letters in white on black, with the left end of the base line at a spot.

    They are drawn larger and averaged: so they stand where they should in fractions of a pixel,
    and small text is spaced evenly.
    """
    wide, high = math.ceil(length(text, size) + size), math.ceil(2.3 * size)
    mask = Image.new("L", (wide * _FINE, high * _FINE))
    pen = ImageDraw.Draw(mask)
    x, y = spot[0] * _FINE, spot[1] * _FINE
    for run, part in _runs(text, size * _FINE):
        pen.text((x, y), run, 255, part, "ls")
        x += part.getlength(run)
    return mask.reduce(_FINE)


def shortened(text: str, width: float, size: float) -> str:
    """Cut the middle out of a text until it fits; characters without a font are replaced.

    Parameters
    ----------
    text
        Any text.
    width
        Available pixels.
    size
        Size of the font.
    """
    whole = readable(text)
    keep, short = len(whole), whole
    while length(short, size) > width and keep > 2:
        keep -= 1
        # The ending says more than the middle.
        short = f"{whole[: (keep + 1) // 2]}…{whole[len(whole) - keep // 2 :]}"
    return short


def wrapped(text: str, width: float, size: int) -> Iterator[str]:
    """Break a text between words into lines of at most `width` pixels."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".lstrip()
        if line and length(longer, size) > width:
            yield shortened(line, width, size)
            longer = word
        line = longer
    yield shortened(line, width, size)
