"""The lanes above the panels of a timeline: which marker lasts how long, and what is excluded."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from mien.classes import Colour
from mien.drawing.text import length, shortened, write
from mien.drawing.timeline.axis import Axis

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
) -> None:
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
    """
    for number, (begin, end, label) in enumerate(ranges):
        _draw_tile(picture, top, axis, (begin, end), label, _TINTS[number % 2])


def without_label(axis: Axis, ranges: Sequence[tuple[float, float, str]]) -> int:
    """Return how many markers are too short for their label; see `draw_markers`."""
    return sum(_fitted(label, axis, (begin, end)) is None for begin, end, label in ranges)


def draw_excluded(
    picture: Image.Image, top: int, axis: Axis, ranges: Sequence[tuple[float, float]]
) -> None:
    """Draw what is excluded as tiles; see `draw_markers`."""
    for times in ranges:
        _draw_tile(picture, top, axis, times, "excluded", _EXCLUDED)


def _draw_tile(
    picture: Image.Image,
    top: int,
    axis: Axis,
    times: tuple[float, float],
    label: str,
    colour: Colour,
) -> None:
    """Draw a tile, with its label if that has room in it."""
    left, right = axis.x(times[0]), axis.x(times[1])
    box = (round(left), top, max(round(left) + 1, round(right) - 1), top + HEIGHT - 3)
    ImageDraw.Draw(picture).rectangle(box, colour)
    text = _fitted(label, axis, times)
    if text is not None:
        write(picture, (left + 5, top + (HEIGHT - 3) / 2), text, _SIZE, _INK, "lm")


def _fitted(label: str, axis: Axis, times: tuple[float, float]) -> str | None:
    """Return a label, shortened until it fits in its tile; None if little would be left of it."""
    room = axis.x(times[1]) - axis.x(times[0]) - 10
    text = shortened(label, room, _SIZE)
    if length(text, _SIZE) > room or (text != label and len(text) <= _SHORTEST):
        return None
    return text
