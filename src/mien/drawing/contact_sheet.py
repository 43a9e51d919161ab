"""Lays faces out on contact sheets."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien.arguments import checked
from mien.classes import Expression, Vocabulary
from mien.drawing.emoji import emoji_note
from mien.drawing.text import wrapped, write
from mien.drawing.tile import (
    HEIGHT,
    INK,
    INSET,
    SOFT,
    WIDTH,
    Tile,
    draw_tile,
    tile_height,
    tiles_of,
)
from mien.errors import PictureError
from mien.perception.picture import Failure, Picture
from mien.perception.pixels import open_picture
from mien.words import counted, plural

MOST_TILES = 60
"""Tiles on one sheet; it is then 2,200 pixels wide and 2,800 high, which any viewer opens."""

_MOST_COLUMNS = 5
_SHAPE = 4 / 3  # of a sheet, about: width to height
_MARGIN, _GAP = 24, 12
_HEADLINE, _NOTE = 22, 13


@checked
def contact_sheet(
    pictures: Iterable[Picture | Failure], truths: Mapping[str, str] | None = None
) -> list[NDArray[np.uint8]]:
    """Draw contact sheets: each face with its emoji and the probability of each class.

    Parameters
    ----------
    pictures
        What `Reader.read` or `Reader.read_many` returned. The pixels come from `Picture.image`,
        or if they were not kept from the file `Picture.source`.
    truths
        By source, the name of the expression that a picture is known to show; of several faces
        it is the largest one's.

    Returns
    -------
    list of numpy.ndarray
        RGB, ``uint8 [H, W, 3]``, a sheet for each 60 faces.

    Raises
    ------
    PictureError
        If a picture has no pixels and its file cannot be read.
    DataError
        If an expression is not one of the network's classes.
    SettingsError
        If an argument is of another type.

    Examples
    --------
    >>> pictures = mien.Reader().read_many(["party.jpg"])
    >>> sheets = mien.contact_sheet(pictures, {"party.jpg": "happy"})
    >>> len(sheets), sheets[0].ndim
    (1, 3)
    """
    sheet = ContactSheet()
    for picture in pictures:
        if isinstance(picture, Failure):
            sheet.failed += 1
            continue
        name = (truths or {}).get(picture.source)
        sheet.add(picture, None if name is None else picture.vocabulary[str(name)])
    return list(sheet.pages())


class ContactSheet:
    """Collects what contact sheets need of many pictures, which is small, and draws them."""

    def __init__(self) -> None:
        self.failed = 0
        """Pictures that could not be read, for the headline."""
        self._photos = self._faces = self._labelled = self._right = 0
        self._tiles: list[Tile] = []
        self._coverage: float | None = None
        self._vocabulary: Vocabulary | None = None

    def add(self, picture: Picture, truth: Expression | None = None) -> None:
        """Add a picture's faces.

        Parameters
        ----------
        picture
            What was read; its pixels are read from its file if it has not kept them.
        truth
            The expression that its largest face is known to show.
        """
        image = _pixels_of(picture)
        tiles = tiles_of(image, Path(picture.source).name, picture, truth)
        self._tiles += tiles
        self._photos += 1
        self._faces += len(picture.faces)
        self._labelled += truth is not None
        self._right += bool(tiles[0].right)
        self._coverage = picture.coverage
        self._vocabulary = picture.vocabulary

    def pages(self, summary: str | None = None) -> Iterator[NDArray[np.uint8]]:
        """Draw the sheets, RGB ``uint8 [H, W, 3]``; none if no picture was added.

        Parameters
        ----------
        summary
            How many labelled photos were read right, in words; counted if None.
        """
        shares = list(pages(self._tiles))
        notes = list(self._notes())
        for number, tiles in enumerate(shares, start=1):
            page = f" Sheet {number} of {len(shares)}." if len(shares) > 1 else ""
            yield draw_sheet(tiles, self._headline(summary) + page, notes)

    def _headline(self, summary: str | None) -> str:
        """Say how many faces there are, and how many were read right."""
        text = f"{counted(self._faces, 'face')} in {counted(self._photos, 'photo')}"
        if self.failed:
            text += f" ({self.failed} more could not be read)"
        if not self._labelled:
            return f"{text}."
        photos = plural(self._labelled, "labelled photo")
        share = (
            f"{self._right} of {self._labelled} {photos} right,"
            f" {self._right / self._labelled:.0%}."
        )
        return f"{text}; {summary or share}"

    def _notes(self) -> Iterator[str]:
        """Explain the marks on the tiles."""
        crops = [tile.face.crop for tile in self._tiles if tile.face is not None]
        if crops and crops[0] is not None:
            yield f"In the corner of each face: {_crop_in_words(crops[0])}."
        if self._labelled:
            several = self._faces > self._photos
            yield "The labelled expression's bar is framed." + (
                " Of several faces in a photo the largest is the labelled one." if several else ""
            )
        if self._coverage is not None and self._faces:
            yield f"A dot marks the expressions in the set of {self._coverage:.0%} coverage."
        if self._vocabulary is not None and (note := emoji_note(self._vocabulary)):
            yield note


def _pixels_of(picture: Picture) -> NDArray[np.uint8]:
    """Return a picture's pixels, from its file if they were not kept."""
    if picture.image is not None:
        return picture.image
    if picture.source.startswith("<"):
        raise PictureError(
            f"The picture {picture.source} has no file, and its pixels were not kept.",
            "Read it with keep_image=True.",
        )
    return open_picture(picture.source)


def _crop_in_words(crop: NDArray[np.uint8]) -> str:
    """Describe a crop: ``"the 48 x 48 gray pixels that the network was shown"``."""
    height, width = crop.shape[:2]
    colour = "gray" if crop.ndim == 2 else "colour"
    reduced = ", reduced" if max(height, width) > INSET else ""
    return f"the {width} x {height} {colour} pixels that the network was shown{reduced}"


def draw_sheet(
    tiles: Sequence[Tile], headline: str, notes: Sequence[str] = ()
) -> NDArray[np.uint8]:
    """Draw one contact sheet.

    Parameters
    ----------
    tiles
        At most `MOST_TILES`, and at least one; laid out in rows.
    headline
        Stands above them.
    notes
        Sentences that stand below them.

    Returns
    -------
    numpy.ndarray
        RGB, ``uint8 [H, W, 3]``.
    """
    high = tile_height(tiles)
    columns = columns_for(len(tiles), high)
    width = columns * (WIDTH + _GAP) - _GAP + 2 * _MARGIN
    above = list(wrapped(headline, width - 2 * _MARGIN, _HEADLINE))
    below = [line for note in notes for line in wrapped(note, width - 2 * _MARGIN, _NOTE)]
    top = _MARGIN + _height(above, _HEADLINE)
    end = top + math.ceil(len(tiles) / columns) * (high + _GAP)
    canvas = Image.new("RGB", (width, end + _height(below, _NOTE) + _MARGIN - _GAP), "white")
    _write(canvas, above, _MARGIN, _HEADLINE, INK)
    for place, tile in enumerate(tiles):
        row, column = divmod(place, columns)
        spot = (_MARGIN + column * (WIDTH + _GAP), top + row * (high + _GAP))
        canvas.paste(draw_tile(tile, high), spot)
    _write(canvas, below, end, _NOTE, SOFT)
    return np.array(canvas)


def pages(tiles: Sequence[Tile]) -> Iterator[Sequence[Tile]]:
    """Split tiles into sheets."""
    for start in range(0, len(tiles), MOST_TILES):
        yield tiles[start : start + MOST_TILES]


def columns_for(count: int, height: int = HEIGHT) -> int:
    """Choose the number of columns that makes a sheet a little wider than high."""
    return max(1, min(_MOST_COLUMNS, round(math.sqrt(count * height / WIDTH * _SHAPE))))


def _height(lines: Sequence[str], size: int) -> int:
    """Return the height of lines with the space around them."""
    return len(lines) * round(size * 1.4) + (_GAP if lines else 0)


def _write(
    canvas: Image.Image, lines: Sequence[str], top: int, size: int, colour: tuple[int, int, int]
) -> None:
    """Write lines, the first at `top`."""
    for line, y in zip(lines, itertools.count(top, round(size * 1.4)), strict=False):
        write(canvas, (_MARGIN, y), line, size, colour)
