"""Draws emoji faces as vectors, since a machine may have no emoji font."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mien.classes import Colour, Expression
from mien.drawing.text import font, is_light

_FINE = 4  # drawn this much larger, then averaged, for smooth edges
_EDGE = (0.96, 0.72)  # radius of the disc, and the rim's darkness

_Point = tuple[float, float]

_DARK: Colour = (62, 39, 25)
_WHITE: Colour = (255, 255, 255)
_TEAR: Colour = (64, 156, 255)
_TONGUE: Colour = (232, 84, 92)


def emoji(expression: Expression | None, size: int) -> NDArray[np.uint8]:
    """Draw the emoji of an expression.

    Some emoji are drawn as faces (`DRAWN`); for any other, a disc in the expression's colour has
    the first letter of its name.

    Parameters
    ----------
    expression
        What to show; None draws the gray face with a question mark that stands for "unsure".
    size
        Height and width in pixels.

    Returns
    -------
    numpy.ndarray
        RGB and opacity, ``uint8 [size, size, 4]``; read-only, since it is cached.
    """
    if expression is None:
        return _drawn(None, (0, 0, 0), "", size)
    if expression.emoji in DRAWN:
        return _drawn(expression.emoji, (0, 0, 0), "", size)
    return _drawn("", expression.colour, initial(expression.name), size)


def initial(name: str) -> str:
    """Return the first letter or digit of a name, a capital; "?" if the font has none."""
    plain = unicodedata.normalize("NFKD", name)
    return next((sign.upper() for sign in plain if sign.isascii() and sign.isalnum()), "?")


@functools.lru_cache(maxsize=256)
def _drawn(sign: str | None, colour: Colour, letter: str, size: int) -> NDArray[np.uint8]:
    """Draw a face by its emoji, or with the empty emoji a disc with a letter."""
    if sign == "":
        face = _lettered(colour, letter, size * _FINE)
    else:
        top, bottom, features = _FACES[sign]
        face = _disc(top, bottom, size * _FINE)
        features(_Pen(face))
    pixels = np.array(face.reduce(_FINE))
    pixels.setflags(write=False)
    return pixels


def _lettered(colour: Colour, letter: str, side: int) -> Image.Image:
    """Draw a disc of a colour with a letter in black or white, whichever is legible on it."""
    lighter, darker = _towards(colour, 255, 0.25), _towards(colour, 0, 0.08)
    face = _disc(lighter, darker, side)
    ink = _WHITE if not is_light(colour) else (20, 20, 20)
    pen = ImageDraw.Draw(face)
    pen.text((side / 2, side / 2), letter, ink, font(side * 0.58), "mm", stroke_width=side // 90)
    return face


def _towards(colour: Colour, goal: int, share: float) -> Colour:
    """Mix a colour with black (0) or white (255)."""
    red, green, blue = (round(value + (goal - value) * share) for value in colour)
    return red, green, blue


def _disc(top: Colour, bottom: Colour, side: int) -> Image.Image:
    """Draw the bare face: a disc shaded from top to bottom, with a darker rim."""
    share = np.linspace(0, 1, side)[:, None, None]
    shade = np.broadcast_to(np.array(top) * (1 - share) + np.array(bottom) * share, (side, side, 3))
    along = (np.arange(side) + 0.5) / side * 2 - 1
    radius = np.hypot(along[:, None], along[None])
    rim = np.where(radius > _EDGE[0] - 0.07, _EDGE[1], 1.0)[..., None]
    opacity = (radius <= _EDGE[0]) * 255
    return Image.fromarray(np.dstack([shade * rim, opacity]).astype(np.uint8))


class _Pen:
    """Draws on a face with coordinates from 0 (left, top) to 100."""

    def __init__(self, face: Image.Image) -> None:
        self._draw = ImageDraw.Draw(face)
        self._unit = face.width / 100

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour = _DARK) -> None:
        """Fill an ellipse around (x, y)."""
        box = (x - rx, y - ry, x + rx, y + ry)
        self._draw.ellipse([value * self._unit for value in box], fill=colour)

    def shape(self, points: Iterable[_Point], colour: Colour = _DARK) -> None:
        """Fill a polygon."""
        scaled = [(x * self._unit, y * self._unit) for x, y in points]
        self._draw.polygon(scaled, fill=colour)

    def line(self, points: Iterable[_Point], width: float = 6, colour: Colour = _DARK) -> None:
        """Draw a line with round ends and round corners."""
        points = list(points)
        scaled = [(x * self._unit, y * self._unit) for x, y in points]
        self._draw.line(scaled, fill=colour, width=round(width * self._unit))
        for x, y in points:
            self.oval(x, y, width / 2, width / 2, colour)

    def both(self, draw: Callable[[Callable[[float], float]], None]) -> None:
        """Draw something at the left, and its mirror image at the right."""
        draw(lambda x: x)
        draw(lambda x: 100 - x)


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> list[_Point]:
    """List the points of an arc; degrees run clockwise from the right."""
    angles = [math.radians(start + (end - start) * step / 40) for step in range(41)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def _angry(pen: _Pen) -> None:
    pen.both(lambda side: pen.line([(side(19), 34), (side(43), 47)], 7))
    pen.both(lambda side: pen.oval(side(33), 54, 5.5, 7))
    pen.line(_arc(50, 84, 18, 14, 205, 335), 6.5)


def _disgust(pen: _Pen) -> None:
    pen.both(lambda side: pen.oval(side(20), 62, 10, 9, (88, 150, 40)))
    pen.both(lambda side: pen.line([(side(22), 30), (side(42), 36)], 5))
    pen.both(lambda side: pen.line(_arc(side(33), 42, 10, 7, 20, 160), 6))
    wave = [(27 + 46 * t / 60, 74 + 5 * math.sin(t / 60 * 3.5 * math.tau)) for t in range(61)]
    pen.line(wave, 6.5)


def _fear(pen: _Pen) -> None:
    pen.both(lambda side: pen.line([(side(17), 29), (side(27), 22), (side(39), 18)], 5))
    pen.both(lambda side: pen.oval(side(32), 44, 12.5, 14, _WHITE))
    pen.both(lambda side: pen.oval(side(32), 45, 4.5, 5))
    pen.shape(_arc(50, 86, 21, 21, 180, 360))
    pen.shape(_arc(50, 86, 14, 8, 180, 360), _TONGUE)


def _happy(pen: _Pen) -> None:
    pen.both(lambda side: pen.line(_arc(side(32), 44, 9.5, 13, 190, 350), 6.5))
    pen.shape(_arc(50, 56, 31, 31, 0, 180))
    pen.shape([(21, 57), (79, 57), (75, 65), (25, 65)], _WHITE)
    pen.oval(50, 80, 15, 6, _TONGUE)
    pen.line([*_arc(50, 56, 31, 31, 0, 180), (81, 56)], 3)


def _sad(pen: _Pen) -> None:
    pen.both(lambda side: pen.line([(side(18), 38), (side(28), 33), (side(40), 26)], 5.5))
    pen.both(lambda side: pen.oval(side(32), 49, 6, 7.5))
    pen.line(_arc(53, 82, 15, 11, 200, 340), 6.5)
    pen.shape([(23, 55), (31, 70), (15, 70)], _TEAR)
    pen.oval(23, 71, 8.6, 8.6, _TEAR)
    pen.oval(20.5, 70, 2.4, 3.4, (190, 224, 255))


def _surprise(pen: _Pen) -> None:
    pen.both(lambda side: pen.line(_arc(side(31), 29, 11, 9, 205, 335), 5.5))
    pen.both(lambda side: pen.oval(side(31), 44, 7.5, 9.5))
    pen.both(lambda side: pen.oval(side(31) - 2, 40.5, 2.2, 2.8, _WHITE))
    pen.oval(50, 74, 14, 17)
    pen.oval(50, 83, 9, 6, _TONGUE)


def _neutral(pen: _Pen) -> None:
    pen.both(lambda side: pen.oval(side(33), 42, 6, 8))
    pen.line([(30, 69), (70, 69)], 7)


def _unsure(pen: _Pen) -> None:
    hook = [*_arc(50, 36, 17, 16, 175, 400), (51, 56), (50, 62)]
    pen.line(hook, 9, _WHITE)
    pen.oval(50, 79, 6, 6, _WHITE)


def _smile(pen: _Pen) -> None:
    pen.both(lambda side: pen.oval(side(33), 42, 6, 8))
    pen.line(_arc(50, 55, 24, 20, 20, 160), 6.5)


def _closed_eyes(pen: _Pen, y: float) -> None:
    pen.both(lambda side: pen.line(_arc(side(32), y, 10, 7, 15, 165), 5.5))


def _sleepy(pen: _Pen) -> None:
    _closed_eyes(pen, 44)
    pen.oval(50, 73, 9, 8)
    pen.line(_arc(61, 62, 6, 9, 20, 160), 4, _TEAR)
    pen.shape([(61, 58), (69, 72), (53, 72)], _TEAR)
    pen.oval(61, 73, 8, 8, _TEAR)
    pen.oval(58.5, 72, 2.2, 3.2, (190, 224, 255))


def _asleep(pen: _Pen) -> None:
    _closed_eyes(pen, 50)
    pen.oval(50, 76, 8, 7)
    for x, y, half in ((66, 26, 7), (82, 13, 5)):
        corners = [(x - half, y - half), (x + half, y - half), (x - half, y + half)]
        pen.line([*corners, (x + half, y + half)], half * 0.55, _TEAR)


def _yawn(pen: _Pen) -> None:
    pen.both(lambda side: pen.line([(side(18), 27), (side(28), 22), (side(40), 22)], 5))
    pen.both(lambda side: pen.line([(side(22), 38), (side(40), 44), (side(22), 49)], 5))
    pen.oval(50, 74, 17, 18)
    pen.oval(50, 84, 11, 6, _TONGUE)


def _unamused(pen: _Pen) -> None:
    pen.both(lambda side: pen.line([(side(20), 36), (side(42), 36)], 5.5))
    for x in (33, 73):
        pen.line([(x - 13, 45), (x + 9, 45)], 4)
        pen.oval(x - 6, 49, 5, 5.5)
    pen.line(_arc(50, 84, 18, 13, 215, 325), 6.5)


def _relieved(pen: _Pen) -> None:
    pen.both(lambda side: pen.line([(side(20), 33), (side(30), 29), (side(40), 31)], 4.5))
    _closed_eyes(pen, 45)
    pen.line(_arc(50, 60, 20, 14, 20, 160), 6.5)


_YELLOW: tuple[Colour, Colour] = ((255, 226, 92), (250, 183, 44))
_FACES: dict[str | None, tuple[Colour, Colour, Callable[[_Pen], None]]] = {
    "😠": ((255, 158, 66), (222, 47, 34), _angry),
    "🤢": ((190, 222, 88), (112, 176, 56), _disgust),
    "😨": ((112, 146, 232), (250, 206, 98), _fear),
    "😄": (*_YELLOW, _happy),
    "😢": (*_YELLOW, _sad),
    "😲": (*_YELLOW, _surprise),
    "😐": (*_YELLOW, _neutral),
    "🙂": (*_YELLOW, _smile),
    "😪": (*_YELLOW, _sleepy),
    "😴": (*_YELLOW, _asleep),
    "🥱": (*_YELLOW, _yawn),
    "😒": (*_YELLOW, _unamused),
    "😌": (*_YELLOW, _relieved),
    None: ((176, 182, 190), (128, 135, 145), _unsure),
}

DRAWN = frozenset(sign for sign in _FACES if sign is not None)
"""The emoji that are drawn as faces."""
