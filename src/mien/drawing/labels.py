"""What a label says about a face, and how it is drawn."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien.classes import Colour, Expression
from mien.drawing import shapes
from mien.drawing.emoji import emoji
from mien.drawing.placing import Place
from mien.drawing.text import is_light, length, name_of, shortened, write
from mien.perception.face import Face
from mien.perception.prediction_sets import in_words

UNSURE: Colour = (150, 156, 165)

_SPELLED = 2
"""Most expressions that a label names; of a larger set it names one and counts the rest."""

LETTERS = 0.56
"""Size of the text, in heights of the label."""

_WIDEST = 11.0
"""Width of the longest text, in heights of the label."""


@dataclasses.dataclass(frozen=True)
class Label:
    """A label: the emoji, then the text on a lower plate of the expression's colour."""

    face: Face
    text: str
    height: int

    @property
    def width(self) -> int:
        """Width in pixels."""
        return round(self.height * 1.5 + length(self.text, self.height * LETTERS))


def label_of(face: Face, height: int, room: float) -> Label:
    """Write a face's label; a long name loses its middle.

    Parameters
    ----------
    face
        What was read.
    height
        Of the label, in pixels.
    room
        Width of the picture, which the label may not exceed.
    """
    return Label(face, "".join(words_of(face, height, room)), height)


def words_of(face: Face, height: int, room: float, before: str = "") -> tuple[str, str]:
    """Return a label's text in two parts, of which the second is the confidence, or empty.

    Parameters
    ----------
    face, height, room
        As for `label_of`.
    before
        Precedes the text.
    """
    size = height * LETTERS
    widest = min(room - height * 1.6, height * _WIDEST) - length(before, size)
    if face.doubt is None and face.prediction_set is None:
        mark, tail = "" if face.sure else "?", f" {face.confidence:.0%}"
        name = shortened(name_of(face.expression), widest - length(mark + tail, size), size)
        return before + name + mark, tail
    return before + shortened(in_short(face), widest, size), ""


def label_height(faces: Sequence[Face], size: tuple[int, int], scale: float = 1.0) -> int:
    """Return the height of labels in proportion to the faces and the picture, in pixels.

    It is legible on a screen that shows the whole picture, if there is room.

    Parameters
    ----------
    faces
        The faces, at least one.
    size
        Width and height of the picture.
    scale
        Makes labels smaller, as long as they stay legible.
    """
    typical = float(np.median([face.box[2] for face in faces]))
    height = min(max(typical * 0.36, max(size) / 38), max(size) / 12)
    crowded = _crowded(len(faces), size)
    return round(max(min(height, crowded) * scale, 20, min(max(size) / 52, crowded)))


def _crowded(count: int, size: tuple[int, int]) -> float:
    """Return the height of labels, five times as wide, that cover a quarter of the picture."""
    return math.sqrt(0.25 * size[0] * size[1] / (5 * count))


def line_width(canvas: NDArray[np.uint8]) -> int:
    """Return the width of lines on a picture, in pixels."""
    longest: int = max(canvas.shape[:2])
    return max(2, round(longest / 400))


def box_of(face: Face) -> shapes.Box:
    """Return left, top, right and bottom of a face's box."""
    x, y, w, h = face.box
    return (x, y, x + w, y + h)


def draw_outline(canvas: NDArray[np.uint8], face: Face, width: int) -> None:
    """Draw the box, dashed if the face is not sure, with a thin dark rim for contrast."""
    box = box_of(face)
    if face.sure:
        radius = min(width * 3, face.box[2] / 6)
        shapes.outline(canvas, box, radius, shapes.RIM, width + 2)
        shapes.outline(canvas, box, radius, colour_of(face), width)
        return
    for start, end in shapes.dashes(box, width * 5, width / 2 + 1):
        shapes.line(canvas, start, end, shapes.RIM, width + 2)
        shapes.line(canvas, start, end, colour_of(face), width)


def in_short(face: Face) -> str:
    """Return the answer: ``"happy 93%"``, ``"sad? 31%"``, a set, or ``"unsure: small"``."""
    mark = "" if face.sure else "?"
    if face.doubt is not None:
        return f"unsure: {face.doubt}"
    if face.prediction_set is None:
        return f"{name_of(face.expression)}{mark} {face.confidence:.0%}"
    if len(face.prediction_set) <= _SPELLED:
        named = [_renamed(expression) for expression in face.prediction_set]
        return in_words(named, len(face.vocabulary)) + mark
    return f"{name_of(face.expression)} or {len(face.prediction_set) - 1} others{mark}"


def _renamed(expression: Expression) -> Expression:
    """Return an expression under a name that can be written."""
    parts = (expression.number, expression.emoji, expression.colour)
    return Expression(name_of(expression), *parts)


def colour_of(face: Face) -> Colour:
    """Return the colour of a face's box and label."""
    return face.expression.colour if face.sure else UNSURE


def ink_on(colour: Colour) -> Colour:
    """Return the colour of letters on a plate of a colour."""
    return (20, 20, 20) if is_light(colour) else (255, 255, 255)


def emoji_of(face: Face, size: int) -> Image.Image:
    """Draw a face's emoji."""
    return Image.fromarray(emoji(face.expression if face.sure else None, size))


def draw_leader(canvas: NDArray[np.uint8], face: Face, place: Place, width: int) -> None:
    """Draw the line from a label to its face."""
    start, end = place.leader
    points = [_on_plate(place.box, start), start, end]
    for colour, thick in ((shapes.RIM, width + 2), (colour_of(face), width)):
        for one, other in itertools.pairwise(points):
            shapes.line(canvas, one, other, colour, thick)


def _on_plate(box: shapes.Box, spot: shapes.Point) -> shapes.Point:
    """Return the point nearest to a spot on a label's middle line, which its plate covers.

    The plate is lower than the label and has round ends, so that a line up to the label's box
    would end short of it.
    """
    left, top, right, bottom = box
    half = (bottom - top) / 2
    return min(max(spot[0], left + half), max(left, right - half)), top + half


def draw_plate(canvas: NDArray[np.uint8], label: Label, left: float, top: float) -> None:
    """Draw the plate under a label's emoji and text."""
    size = (label.width, label.height)
    plate_on(canvas, (left, top), size, colour_of(label.face))


def plate_on(
    canvas: NDArray[np.uint8], spot: shapes.Point, size: tuple[int, int], colour: Colour
) -> None:
    """Draw the plate of a label at a spot, in the label's width and height."""
    (left, top), (width, height) = spot, size
    inset = height * 0.12
    box = (left + inset, top + inset, left + width - 1, top + height - 1 - inset)
    shapes.plate(canvas, box, height / 2, colour, max(1.0, height / 28))


def draw_words(picture: Image.Image, label: Label, left: float, top: float) -> None:
    """Draw a label's emoji and text on its plate."""
    shown = emoji_of(label.face, label.height)
    picture.paste(shown, (round(left), round(top)), shown)
    ink = ink_on(colour_of(label.face))
    spot = (left + label.height * 1.12, top + label.height / 2)
    write(picture, spot, label.text, label.height * LETTERS, ink, "lm")


def draw_number(
    canvas: NDArray[np.uint8], face: Face, middle: shapes.Point, height: float
) -> None:
    """Draw the disc under the number of a face whose label stands below the picture."""
    half = height / 2
    box = (middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half)
    shapes.plate(canvas, box, half, colour_of(face), max(1.0, height / 16))


def write_number(
    picture: Image.Image, face: Face, number: int, middle: shapes.Point, height: float
) -> None:
    """Write the number of such a face on its disc."""
    ink = ink_on(colour_of(face))
    size = height * (0.68 if number < 10 else 0.56)
    write(picture, middle, str(number), size, ink, "mm")
