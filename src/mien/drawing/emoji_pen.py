"""The pen that emoji faces are drawn with."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from PIL import Image, ImageDraw

from mien.classes import Colour

_Point = tuple[float, float]

DARK: Colour = (62, 39, 25)
"""Eyes, brows and mouths."""


class Pen:
    """Draws on a face with coordinates from 0 (left, top) to 100."""

    def __init__(self, face: Image.Image) -> None:
        self._draw = ImageDraw.Draw(face)
        self._unit = face.width / 100

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour = DARK) -> None:
        """Fill an ellipse around (x, y)."""
        box = (x - rx, y - ry, x + rx, y + ry)
        self._draw.ellipse([value * self._unit for value in box], fill=colour)

    def shape(self, points: Iterable[_Point], colour: Colour = DARK) -> None:
        """Fill a polygon."""
        scaled = [(x * self._unit, y * self._unit) for x, y in points]
        self._draw.polygon(scaled, fill=colour)

    def line(self, points: Iterable[_Point], width: float = 6, colour: Colour = DARK) -> None:
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


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> list[_Point]:
    """List the points of an arc; degrees run clockwise from the right."""
    angles = [math.radians(start + (end - start) * step / 40) for step in range(41)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]
