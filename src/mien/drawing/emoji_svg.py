"""Emoji faces as SVG, for pages: the same drawings that pictures get."""

from __future__ import annotations

import math
from collections.abc import Iterable

import cv2
import numpy as np

from mien.classes import Colour, to_hex
from mien.drawing.emoji_faces import FACES
from mien.drawing.emoji_pen import DARK, Pen

_Point = tuple[float, float]

_RADIUS = 48.0
"""Of the disc, in a face of 100 by 100."""

_RIM = (3.5, 0.28)
"""Width of the rim, and its darkness."""

_PRECISION = 0.15
"""How far a line may leave the drawn one, in hundredths of a face: not visible at 500 pixels."""


class SvgPen(Pen):
    """Collects what is drawn on a face as SVG elements."""

    def __init__(self) -> None:
        self.elements: list[str] = []

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour = DARK) -> None:
        """Fill an ellipse around (x, y)."""
        spots = f'cx="{x:.4g}" cy="{y:.4g}" rx="{rx:.4g}" ry="{ry:.4g}"'
        self.elements.append(f'<ellipse {spots} fill="{to_hex(colour)}"/>')

    def shape(self, points: Iterable[_Point], colour: Colour = DARK) -> None:
        """Fill a polygon."""
        self.elements.append(f'<path d="{_path(points)}z" fill="{to_hex(colour)}"/>')

    def line(self, points: Iterable[_Point], width: float = 6, colour: Colour = DARK) -> None:
        """Draw a line with round ends and round corners."""
        stroke = f'stroke="{to_hex(colour)}" stroke-width="{width:.4g}"'
        self.elements.append(f'<path d="{_path(points)}" fill="none" {stroke}/>')


def emoji_svg(sign: str | None) -> str:
    """Return an emoji of `DRAWN` as an SVG document; None is the face of "unsure".

    Raises
    ------
    KeyError
        If mien does not draw this emoji itself.
    """
    top, bottom, features = FACES[sign]
    pen = SvgPen()
    features(pen)
    width, darkness = _RIM
    rim = f'r="{_RADIUS - width / 2:g}" fill="none" stroke-width="{width:g}"'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="256" height="256">'
        '<linearGradient id="a" x2="0" y2="1">'
        f'<stop stop-color="{to_hex(top)}"/><stop offset="1" stop-color="{to_hex(bottom)}"/>'
        f'</linearGradient><clipPath id="b"><circle cx="50" cy="50" r="{_RADIUS:g}"/></clipPath>'
        '<g clip-path="url(#b)" stroke-linecap="round" stroke-linejoin="round">'
        '<path d="M0 0h100v100H0z" fill="url(#a)"/>'
        f'<circle cx="50" cy="50" {rim} stroke="#000" stroke-opacity="{darkness:g}"/>'
        f"{''.join(pen.elements)}</g></svg>"
    )


def _path(points: Iterable[_Point]) -> str:
    """Write the commands of a path, leaving out points that lie on the way."""
    steps = [f"{x:.4g} {y:.4g}" for x, y in _needed(list(points))]
    return f"M{'L'.join(steps)}"


def _needed(points: list[_Point]) -> list[_Point]:
    """Return the points without which a line would look different."""
    if len(points) < 3:
        return points
    if math.dist(points[0], points[-1]) < 1e-6:  # a ring has no direction; halves have one
        half = len(points) // 2
        return [*_needed(points[: half + 1]), *_needed(points[half:])[1:]]
    curve = np.array(points, np.float32)[:, None]
    return [(float(x), float(y)) for x, y in cv2.approxPolyDP(curve, _PRECISION, False)[:, 0]]
