"""The lane above the panels of a timeline: which marker lasts how long, and what is excluded."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from mien.classes import Colour
from mien.drawing.text import length, shortened, write
from mien.drawing.timeline_axis import Axis

HEIGHT = 22
"""Height of a lane in pixels."""

_TINTS: tuple[Colour, Colour] = ((222, 230, 242), (204, 216, 234))
"""Of markers, in turn, so that one is told from the next."""

_EXCLUDED: Colour = (214, 217, 222)
_INK: Colour = (44, 54, 72)
_SIZE = 14.0
_SHORTEST = 3
"""Fewer letters of a label say nothing."""


def draw_markers(
    picture: Image.Image, top: int, axis: Axis, ranges: Sequence[tuple[float, float, str]]
) -> int:
    """Draw markers as tiles with their labels.

    Parameters
    ----------
    picture
        Is drawn on.
    top
        Upper end of the lane in pixels.
    axis
        The axis of time.
    ranges
        Begin, end and label of each, in order of time.

    Returns
    -------
    int
        How many labels have no room.
    """
    without = 0
    for number, (begin, end, label) in enumerate(ranges):
        without += not _tile(picture, top, axis, (begin, end), label, _TINTS[number % 2])
    return without


def draw_excluded(
    picture: Image.Image, top: int, axis: Axis, ranges: Sequence[tuple[float, float]]
) -> None:
    """Draw what is excluded as tiles; see `draw_markers`."""
    for times in ranges:
        _tile(picture, top, axis, times, "excluded", _EXCLUDED)


def _tile(
    picture: Image.Image,
    top: int,
    axis: Axis,
    times: tuple[float, float],
    label: str,
    colour: Colour,
) -> bool:
    """Draw a tile, and return whether its label has room in it."""
    left, right = axis.x(times[0]), axis.x(times[1])
    box = (round(left), top, max(round(left) + 1, round(right) - 1), top + HEIGHT - 3)
    ImageDraw.Draw(picture).rectangle(box, colour)
    room = right - left - 10
    text = shortened(label, room, _SIZE)
    if length(text, _SIZE) > room or (text != label and len(text) <= _SHORTEST):
        return False
    write(picture, (left + 5, top + (HEIGHT - 3) / 2), text, _SIZE, _INK, "lm")
    return True
