"""Draws a tile of a contact sheet: a face's picture, emoji, name and probabilities."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mien.classes import Colour, Expression, Vocabulary
from mien.drawing.emoji import emoji
from mien.drawing.labels import in_short
from mien.drawing.text import length, name_of, shortened, write
from mien.perception.face import Face
from mien.perception.picture import Picture

WIDTH, HEIGHT = 432, 214
"""Size of a tile in pixels; with more than seven classes it is higher, see `tile_height`."""

PICTURE = 148
"""Height and width in pixels of the face's picture on a tile."""

BAR = 118
"""Length in pixels of the bar of probability 1."""

BARS = (260, 78)
"""Left end and top in pixels of the first class's bar; with longer names it begins further right,
see `bars_left`."""

SHORTEST_BAR = 64
"""Least length in pixels of the bar of probability 1, which long names leave it."""

STEP, THICK = 18, 12
"""Pixels from one bar's top to the next one's, and the height of a bar."""

MOST_BARS = 12
"""Classes that a tile has room for; of more, it shows the likeliest and counts the rest."""

INSET = 48
"""Longest side in pixels of the crop that is shown in the corner of the picture."""

RIGHT, WRONG = (0, 158, 115), (213, 94, 0)
"""Okabe and Ito's bluish green and vermilion (2008), told apart with any colour vision."""

INK, SOFT, LINE, CARD = (34, 34, 34), (105, 105, 105), (222, 222, 218), (246, 246, 243)

_PAD = 14
_TEXT = 186  # left end of what stands beside the picture
_AROUND = 1.5  # side of the cut, in longer sides of the face's box
_FINE = 4
_LETTERS = 13  # size of the classes' names
_BESIDE_NAME = 15  # pixels between a name and its bar, where the dot of a set stands
_ALIKE = 40
"""A bar whose colour differs less from its track's, in each of red, green and blue, has an edge."""

_TRACK = (229, 229, 225)


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
    image: NDArray[np.uint8], name: str, picture: Picture, truth: Expression | None
) -> list[Tile]:
    """Make the tiles of one photo; a photo without a face has one that says so.

    Parameters
    ----------
    image
        The photo, RGB ``uint8 [H, W, 3]``.
    name
        Its file name.
    picture
        What was read in it.
    truth
        The expression that it is known to show; of several faces, the largest one's, as for
        ``mien evaluate --detect``.
    """
    if not picture.faces:
        return [Tile(_fitted(image), name, None, truth=truth)]
    count = len(picture.faces)
    return [
        Tile(_cut(image, face), name, face, number, count, truth if number == 1 else None)
        for number, face in enumerate(picture.faces, start=1)
    ]


def tile_height(tiles: Sequence[Tile]) -> int:
    """Return the height in pixels that fits all of these tiles."""
    lines = max((len(_bars(tile)) for tile in tiles if tile.face is not None), default=0)
    return max(HEIGHT, BARS[1] + STEP * lines + _PAD - (STEP - THICK) + 2)


def bars_left(vocabulary: Vocabulary) -> int:
    """Return the left end of the bars: as far right as the longest name needs, if there is room."""
    longest = max(length(name_of(expression), _LETTERS) for expression in vocabulary)
    furthest = BARS[0] + BAR - SHORTEST_BAR
    return min(furthest, max(BARS[0], math.ceil(_TEXT + longest + _BESIDE_NAME)))


def draw_tile(tile: Tile, height: int = HEIGHT) -> Image.Image:
    """Draw a tile, RGB of `WIDTH` x `height`."""
    canvas = Image.new("RGB", (WIDTH, height), "white")
    pen = ImageDraw.Draw(canvas)
    pen.rounded_rectangle((0, 0, WIDTH - 1, height - 1), 8, fill=CARD, outline=LINE)
    _put_picture(canvas, pen, tile)
    if tile.face is None:
        write(canvas, (_TEXT, _PAD + 13), "no face found", 22, INK, "lm")
    else:
        _put_label(canvas, tile.face, tile.truth is not None)
        _put_bars(canvas, tile)
    if tile.truth is not None:
        _put_verdict(canvas, tile)
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
        crop = inset(tile.face.crop)
        left, top = end - crop.shape[1], end - crop.shape[0]
        pen.rectangle((left - 3, top - 3, end - 1, end - 1), fill=CARD)
        canvas.paste(Image.fromarray(crop), (left, top))
    write(canvas, (_PAD, end + 8), shortened(tile.name, PICTURE, 13), 13, INK)
    if tile.faces > 1:
        write(canvas, (_PAD, end + 25), f"face {tile.number} of {tile.faces}", 13, SOFT)


def inset(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a crop as the tile shows it, reduced if a side is longer than `INSET`."""
    height, width = crop.shape[:2]
    scale = INSET / max(height, width)
    return crop if scale >= 1 else _resized(crop, (round(width * scale), round(height * scale)))


def _put_label(canvas: Image.Image, face: Face, has_verdict: bool) -> None:
    """Draw the emoji, and the expression with its confidence."""
    shown = Image.fromarray(emoji(face.expression if face.sure else None, 52))
    canvas.paste(shown, (_TEXT, _PAD - 2), shown)
    percent = f"{'' if face.sure else '?'} {face.confidence:.0%}"
    room = WIDTH - _PAD - (_TEXT + 64)
    text = shortened(name_of(face.expression), room - length(percent, 22), 22) + percent
    if face.doubt is not None:
        text = shortened(in_short(face), room, 22)
    write(canvas, (_TEXT + 64, _PAD + (12 if has_verdict else 24)), text, 22, INK, "lm")


def _put_verdict(canvas: Image.Image, tile: Tile) -> None:
    """Show whether the answer is right, by a mark, in words and in colour."""
    assert tile.truth is not None
    right = bool(tile.right)
    left = _TEXT if tile.face is None else _TEXT + 64
    mark = Image.fromarray(verdict_mark(right, 20))
    canvas.paste(mark, (left, _PAD + 28), mark)
    verdict = f"{'right' if right else 'wrong'}: labelled "
    room = WIDTH - _PAD - left - 26 - length(verdict, 13)
    text = verdict + shortened(name_of(tile.truth), room, 13)
    write(canvas, (left + 26, _PAD + 38), text, 13, SOFT, "lm")


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


def _put_bars(canvas: Image.Image, tile: Tile) -> None:
    """Draw the probabilities; the known expression's bar is framed, a set's members are dotted."""
    assert tile.face is not None
    for place, expression in enumerate(_bars(tile)):
        top = BARS[1] + STEP * place
        if expression is None:
            count = len(tile.face.vocabulary) - place
            write(canvas, (_TEXT, top + THICK / 2), f"+{count} more", 13, SOFT, "lm")
        else:
            _put_bar(canvas, tile, expression, top)


def _put_bar(canvas: Image.Image, tile: Tile, expression: Expression, top: int) -> None:
    """Draw one class's name, bar and percentage."""
    face, pen = tile.face, ImageDraw.Draw(canvas)
    assert face is not None
    ink = INK if expression == face.expression else SOFT
    left, end = bars_left(face.vocabulary), BARS[0] + BAR
    middle = top + THICK / 2
    probability = float(face.probabilities[expression.number])
    name = shortened(name_of(expression), left - _TEXT - _BESIDE_NAME, _LETTERS)
    write(canvas, (_TEXT, middle), name, _LETTERS, ink, "lm")
    pen.rectangle((left, top, end - 1, top + THICK - 1), fill=_TRACK)
    if size := round(probability * (end - left)):
        bar = (left, top, left + size - 1, top + THICK - 1)
        edge = SOFT if _is_alike(expression.colour, _TRACK) else None
        pen.rectangle(bar, fill=expression.colour, outline=edge)
    if expression == tile.truth:
        pen.rectangle((left - 2, top - 2, end + 1, top + THICK + 1), outline=INK)
    write(canvas, (WIDTH - _PAD, middle), f"{probability:.0%}", _LETTERS, ink, "rm")
    if face.prediction_set is not None and expression in face.prediction_set:
        pen.ellipse((left - 13, middle - 3, left - 7, middle + 3), fill=INK)


def _is_alike(one: Colour, other: Colour) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < _ALIKE


def _bars(tile: Tile) -> list[Expression | None]:
    """List the classes that have a bar, None being the line that counts the others.

    All classes in their order if there is room, else the likeliest, and the known one.
    """
    face = tile.face
    assert face is not None
    if len(face.vocabulary) <= MOST_BARS:
        return list(face.vocabulary)
    order = np.argsort(-face.probabilities, kind="stable")[: MOST_BARS - 1]
    shown = [face.vocabulary[int(number)] for number in order]
    if tile.truth is not None and tile.truth not in shown:
        shown[-1] = face.vocabulary[tile.truth.name]
    return [*shown, None]
