"""What a label says about a face, and how it is drawn."""

from __future__ import annotations

import dataclasses
import itertools

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

_LETTERS = 0.56
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
        return round(self.height * 1.5 + length(self.text, self.height * _LETTERS))


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
    size = height * _LETTERS
    widest = min(room - height * 1.6, height * _WIDEST)
    if face.doubt is None and face.prediction_set is None:
        tail = f"{'' if face.sure else '?'} {face.confidence:.0%}"
        name = shortened(name_of(face.expression), widest - length(tail, size), size)
        return Label(face, name + tail, height)
    return Label(face, shortened(in_short(face), widest, size), height)


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
    inset = label.height * 0.12
    right, bottom = left + label.width - 1, top + label.height - 1 - inset
    box = (left + inset, top + inset, right, bottom)
    rim = max(1.0, label.height / 28)
    shapes.plate(canvas, box, label.height / 2, colour_of(label.face), rim)


def draw_words(picture: Image.Image, label: Label, left: float, top: float) -> None:
    """Draw a label's emoji and text on its plate."""
    shown = emoji_of(label.face, label.height)
    picture.paste(shown, (round(left), round(top)), shown)
    ink = (20, 20, 20) if is_light(colour_of(label.face)) else (255, 255, 255)
    spot = (left + label.height * 1.12, top + label.height / 2)
    write(picture, spot, label.text, label.height * _LETTERS, ink, "lm")


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
    ink = (20, 20, 20) if is_light(colour_of(face)) else (255, 255, 255)
    size = height * (0.68 if number < 10 else 0.56)
    write(picture, middle, str(number), size, ink, "mm")
