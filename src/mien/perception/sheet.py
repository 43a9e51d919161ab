"""Lays faces out on contact sheets: each with its picture, emoji, name and probabilities."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mien.perception.lettering import font, wrapped
from mien.perception.sources import PNG_MARK
from mien.perception.tile import HEIGHT, INK, SOFT, WIDTH, Tile, draw_tile

MOST_TILES = 60
"""Tiles on one sheet; it is then 2,200 pixels wide and 2,800 high, which any viewer opens."""

_MOST_COLUMNS = 5
_SHAPE = 4 / 3  # of a sheet, about: width to height
_MARGIN, _GAP = 24, 12
_HEADLINE, _NOTE = 22, 13


def draw_sheet(
    tiles: Sequence[Tile], headline: str, notes: Sequence[str] = ()
) -> NDArray[np.uint8]:
    """Draw one contact sheet.

    Parameters
    ----------
    tiles
        At most `MOST_TILES`, and at least one; laid out by rows.
    headline
        Stands above them.
    notes
        Sentences that stand below them.

    Returns
    -------
    numpy.ndarray
        RGB, ``uint8 [H, W, 3]``.
    """
    columns = columns_for(len(tiles))
    width = columns * (WIDTH + _GAP) - _GAP + 2 * _MARGIN
    above = list(wrapped(headline, width - 2 * _MARGIN, _HEADLINE))
    below = [line for note in notes for line in wrapped(note, width - 2 * _MARGIN, _NOTE)]
    top = _MARGIN + _height(above, _HEADLINE)
    end = top + math.ceil(len(tiles) / columns) * (HEIGHT + _GAP)
    canvas = Image.new("RGB", (width, end + _height(below, _NOTE) + _MARGIN - _GAP), "white")
    _write(canvas, above, _MARGIN, _HEADLINE, INK)
    for place, tile in enumerate(tiles):
        row, column = divmod(place, columns)
        spot = (_MARGIN + column * (WIDTH + _GAP), top + row * (HEIGHT + _GAP))
        canvas.paste(draw_tile(tile), spot)
    _write(canvas, below, end, _NOTE, SOFT)
    return np.array(canvas)


def pages(tiles: Sequence[Tile]) -> Iterator[Sequence[Tile]]:
    """Share tiles out between sheets."""
    for start in range(0, len(tiles), MOST_TILES):
        yield tiles[start : start + MOST_TILES]


def columns_for(count: int) -> int:
    """Choose the number of columns that makes a sheet a little wider than high."""
    return max(1, min(_MOST_COLUMNS, round(math.sqrt(count * HEIGHT / WIDTH * _SHAPE))))


def to_png(sheet: NDArray[np.uint8]) -> bytes:
    """Encode a sheet, marked so that mien never reads it as a photo."""
    from PIL.PngImagePlugin import PngInfo

    info, data = PngInfo(), io.BytesIO()
    info.add_text(*PNG_MARK)
    Image.fromarray(sheet).save(data, "PNG", pnginfo=info)
    return data.getvalue()


def _height(lines: Sequence[str], size: int) -> int:
    """Give the height of lines with the space around them."""
    return len(lines) * round(size * 1.4) + (_GAP if lines else 0)


def _write(
    canvas: Image.Image, lines: Sequence[str], top: int, size: int, colour: tuple[int, int, int]
) -> None:
    """Write lines from a height downwards."""
    pen = ImageDraw.Draw(canvas)
    for line, y in zip(lines, itertools.count(top, round(size * 1.4)), strict=False):
        pen.text((_MARGIN, y), line, colour, font(size))
