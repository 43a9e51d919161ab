"""Lays faces out on contact sheets: each with its picture, emoji, name and probabilities."""

from __future__ import annotations

import dataclasses
import functools
import io
import itertools
import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mien.classes import FER2013, Expression
from mien.drawing.emoji import emoji
from mien.drawing.text import font, shortened, wrapped
from mien.media.sinks import Reading
from mien.media.sources import PNG_MARK
from mien.perception.face import Face

WIDTH, HEIGHT = 432, 214
"""Size of a tile in pixels."""

PICTURE = 148
"""Height and width in pixels of the face's picture on a tile."""

BAR = 118
"""Length in pixels of the bar of probability 1."""

BARS = (260, 78)
"""Left end and top in pixels of the first class's bar."""

STEP, THICK = 18, 12
"""Pixels from one bar's top to the next one's, and the height of a bar."""

RIGHT, WRONG = (0, 158, 115), (213, 94, 0)
"""Okabe and Ito's bluish green and vermilion (2008), told apart with any colour vision."""

INK, SOFT, LINE, CARD = (34, 34, 34), (105, 105, 105), (222, 222, 218), (246, 246, 243)

_PAD = 14
_TEXT = 186  # left end of what stands beside the picture
_AROUND = 1.5  # side of the cut, in longer sides of the face's box
_FINE = 4


@dataclasses.dataclass(frozen=True, eq=False)
class Tile:
    """What a contact sheet shows of one face, or of a photo in which none was found."""

    picture: NDArray[np.uint8]
    """RGB, ``uint8 [PICTURE, PICTURE, 3]``: the face, or the whole photo if none was found."""
    name: str
    """The photo's file name."""
    face: Face | None
    """What was read; None where no face was found."""
    number: int = 1
    """Which of the photo's faces it is, from 1."""
    faces: int = 1
    """How many faces the photo has."""
    truth: Expression | None = None
    """The expression that the face is known to show."""

    @property
    def right(self) -> bool | None:
        """Whether the known expression was read; None where none is known."""
        if self.truth is None:
            return None
        return self.face is not None and self.face.expression == self.truth


def tiles_of(
    image: NDArray[np.uint8], name: str, reading: Reading, truth: Expression | None
) -> list[Tile]:
    """Make the tiles of one photo; a photo without a face has one that says so.

    Parameters
    ----------
    image
        The photo, RGB ``uint8 [H, W, 3]``.
    name
        Its file name.
    reading
        What was read in it.
    truth
        The expression that it is known to show. Of several faces it is the largest one's, as
        it is for ``mien evaluate --detect``.
    """
    faces = reading.faces
    if not faces:
        return [Tile(_fitted(image), name, None, truth=truth)]
    return [
        Tile(_cut(image, face), name, face, number, len(faces), truth if number == 1 else None)
        for number, face in enumerate(faces, start=1)
    ]


def draw_tile(tile: Tile) -> Image.Image:
    """Draw a tile, RGB of `WIDTH` x `HEIGHT`."""
    canvas = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(canvas)
    pen.rounded_rectangle((0, 0, WIDTH - 1, HEIGHT - 1), 8, fill=CARD, outline=LINE)
    _put_picture(canvas, pen, tile)
    if tile.face is None:
        pen.text((_TEXT, _PAD + 13), "no face found", INK, font(22), "lm")
    else:
        _put_reading(canvas, pen, tile.face, tile.truth is not None)
        _put_bars(pen, tile.face, tile.truth)
    if tile.truth is not None:
        _put_verdict(canvas, pen, tile)
    return canvas


def _cut(image: NDArray[np.uint8], face: Face) -> NDArray[np.uint8]:
    """Cut out the square around a face, as far as the photo reaches."""
    x, y, w, h = face.box
    limit = min(image.shape[:2])
    side = int(np.clip(round(max(w, h) * _AROUND), 1, limit))
    left = int(np.clip(round(x + w / 2 - side / 2), 0, image.shape[1] - side))
    top = int(np.clip(round(y + h / 2 - side / 2), 0, image.shape[0] - side))
    return _resized(image[top : top + side, left : left + side], (PICTURE, PICTURE))


def _fitted(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fit a whole photo into the square."""
    height, width = image.shape[:2]
    scale = PICTURE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    square = np.full((PICTURE, PICTURE, 3), LINE, np.uint8)
    left, top = (PICTURE - size[0]) // 2, (PICTURE - size[1]) // 2
    square[top : top + size[1], left : left + size[0]] = _resized(image, size)
    return square


def _resized(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Scale a picture; smaller by averaging, larger smoothly."""
    smaller = size[0] < image.shape[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=way), np.uint8)


def _put_picture(canvas: Image.Image, pen: ImageDraw.ImageDraw, tile: Tile) -> None:
    """Draw the face, what the network was shown of it in its corner, and the file's name."""
    canvas.paste(Image.fromarray(tile.picture), (_PAD, _PAD))
    end = _PAD + PICTURE
    if tile.face is not None and tile.face.crop is not None:
        side = tile.face.crop.shape[0]
        corner = end - side
        pen.rectangle((corner - 3, corner - 3, end - 1, end - 1), fill=CARD)
        canvas.paste(Image.fromarray(tile.face.crop), (corner, corner))
    pen.text((_PAD, end + 8), shortened(tile.name, PICTURE, 12), INK, font(12))
    if tile.faces > 1:
        pen.text((_PAD, end + 25), f"face {tile.number} of {tile.faces}", SOFT, font(12))


def _put_reading(
    canvas: Image.Image, pen: ImageDraw.ImageDraw, face: Face, has_verdict: bool
) -> None:
    """Draw the emoji, and what was read with its confidence."""
    shown = Image.fromarray(emoji(face.expression if face.sure else None, 52))
    canvas.paste(shown, (_TEXT, _PAD - 2), shown)
    text = f"{face.expression.name}{'' if face.sure else '?'} {face.confidence:.0%}"
    pen.text((_TEXT + 64, _PAD + (12 if has_verdict else 24)), text, INK, font(22), "lm")


def _put_verdict(canvas: Image.Image, pen: ImageDraw.ImageDraw, tile: Tile) -> None:
    """Say whether the reading is right, in a sign, in words and in colour."""
    assert tile.truth is not None
    right = bool(tile.right)
    left = _TEXT if tile.face is None else _TEXT + 64
    mark = Image.fromarray(verdict_mark(right, 20))
    canvas.paste(mark, (left, _PAD + 28), mark)
    text = f"{'right' if right else 'wrong'}: labelled {tile.truth.name}"
    pen.text((left + 26, _PAD + 38), text, SOFT, font(13), "lm")


@functools.cache
def verdict_mark(right: bool, size: int) -> NDArray[np.uint8]:
    """Draw a tick on a green disc or a cross on an orange square, ``uint8 [size, size, 4]``."""
    side = size * _FINE
    mark = Image.new("RGBA", (side, side))
    pen = ImageDraw.Draw(mark)
    shape = pen.ellipse if right else functools.partial(pen.rounded_rectangle, radius=side / 6)
    shape((0, 0, side - 1, side - 1), fill=RIGHT if right else WRONG)
    tick = [(0.25, 0.52), (0.43, 0.70), (0.76, 0.32)]
    cross = [[(0.28, 0.28), (0.72, 0.72)], [(0.28, 0.72), (0.72, 0.28)]]
    for line in [tick] if right else cross:
        points = [(x * side, y * side) for x, y in line]
        pen.line(points, fill="white", width=side // 8, joint="curve")
    drawn = np.array(mark.reduce(_FINE))
    drawn.setflags(write=False)
    return drawn


def _put_bars(pen: ImageDraw.ImageDraw, face: Face, truth: Expression | None) -> None:
    """Draw the seven probabilities; the known expression's bar is framed, a set's are dotted."""
    for expression, top, length in _bars(face):
        left, ink = BARS[0], INK if expression == face.expression else SOFT
        middle = top + THICK / 2
        pen.text((_TEXT, middle), expression.name, ink, font(13), "lm")
        pen.rectangle((left, top, left + BAR - 1, top + THICK - 1), fill=(229, 229, 225))
        if length:
            end = left + length - 1
            pen.rectangle((left, top, end, top + THICK - 1), fill=expression.colour)
        if expression == truth:
            frame = (left - 2, top - 2, left + BAR + 1, top + THICK + 1)
            pen.rectangle(frame, outline=INK)
        percent = f"{float(face.probabilities[expression.number]):.0%}"
        pen.text((WIDTH - _PAD, middle), percent, ink, font(13), "rm")
        if face.expressions is not None and expression in face.expressions:
            pen.ellipse((left - 13, middle - 3, left - 7, middle + 3), fill=INK)


def _bars(face: Face) -> Iterator[tuple[Expression, int, int]]:
    """Give each class's bar: its top and its length in pixels."""
    for expression in FER2013:
        length = round(float(face.probabilities[expression.number]) * BAR)
        yield expression, BARS[1] + STEP * expression.number, length


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
