"""The legend of a timeline: the line and emoji of each class, and what its backgrounds mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from PIL import Image

from mien.classes import Colour, Expression, Vocabulary
from mien.drawing.emoji import emoji
from mien.drawing.text import length, name_of, write
from mien.drawing.timeline.panel import HATCH, UNSEEN, edge_of, is_pale

_ROW = 28
_BELOW = 8
_GAP = 26.0
_SIZE = 15.0
_SWATCH = 24
_EMOJI = 20
_INK: Colour = (54, 60, 68)

_Item = Expression | str
"""A class, or the name of something else that is explained."""


def legend_height(room: float, vocabulary: Vocabulary, excluded: bool) -> int:
    """Return the height of a legend in pixels; see `draw_legend`."""
    rows = 1 + max(row for row, _, _ in _placed(room, _items(vocabulary, excluded)))
    return rows * _ROW + _BELOW


def draw_legend(
    picture: Image.Image,
    spot: tuple[int, int],
    room: float,
    vocabulary: Vocabulary,
    excluded: bool,
) -> int:
    """Draw the legend, and return where the next part begins.

    Parameters
    ----------
    picture
        Is drawn on.
    spot
        Its left and upper end in pixels.
    room
        Available width in pixels.
    vocabulary
        The network's classes.
    excluded
        Whether time is excluded.
    """
    left, top = spot
    for row, x, item in _placed(room, _items(vocabulary, excluded)):
        _draw(picture, round(left + x), top + row * _ROW, item)
    return top + legend_height(room, vocabulary, excluded)


def _items(vocabulary: Vocabulary, excluded: bool) -> list[_Item]:
    return [*vocabulary, "unsure", "not seen", *(["excluded"] if excluded else [])]


def _placed(room: float, items: Sequence[_Item]) -> Iterator[tuple[int, float, _Item]]:
    """Yield the row of each item, and where it begins in it."""
    row, x = 0, 0.0
    for item in items:
        width = _text_at(item) + length(_name(item), _SIZE)
        if x and x + width > room:
            row, x = row + 1, 0.0
        yield row, x, item
        x += width + _GAP


def _name(item: _Item) -> str:
    return name_of(item) if isinstance(item, Expression) else item


def _text_at(item: _Item) -> float:
    """Return how far from an item's left end its name begins."""
    if item == "unsure" and not isinstance(item, Expression):
        return _EMOJI + 6
    return _SWATCH + 6 + (_EMOJI + 6 if isinstance(item, Expression) else 0)


def _draw(picture: Image.Image, left: int, top: int, item: _Item) -> None:
    middle = top + _ROW // 2
    if isinstance(item, Expression):
        picture.paste(_line(item.colour), (left, middle - 5))
        _paste_emoji(picture, item, left + _SWATCH + 6, middle)
    elif item == "unsure":
        _paste_emoji(picture, None, left, middle)
    else:
        picture.paste(_background(item == "excluded"), (left, middle - 8))
    write(picture, (left + _text_at(item), middle), _name(item), _SIZE, _INK, "lm")


def _paste_emoji(
    picture: Image.Image, expression: Expression | None, left: int, middle: int
) -> None:
    face = Image.fromarray(emoji(expression, _EMOJI))
    picture.paste(face, (left, middle - _EMOJI // 2), face)


def _line(colour: Colour) -> Image.Image:
    """Draw a piece of a class's line, as panels have it."""
    canvas = np.full((20, 2 * _SWATCH, 3), 255, np.uint8)
    ends = (4, 10), (2 * _SWATCH - 5, 10)
    if is_pale(colour):
        cv2.line(canvas, *ends, edge_of(colour), 7, cv2.LINE_AA)
    cv2.line(canvas, *ends, colour, 5, cv2.LINE_AA)
    return Image.fromarray(canvas).reduce(2)


def _background(excluded: bool) -> Image.Image:
    """Draw a piece of a panel where nothing is seen, or where time is excluded."""
    canvas = np.full((32, 2 * _SWATCH, 3), UNSEEN, np.uint8)
    if excluded:
        for x in range(-32, 2 * _SWATCH, 20):
            cv2.line(canvas, (x, 32), (x + 32, 0), HATCH, 1, cv2.LINE_AA)
    cv2.rectangle(canvas, (0, 0), (2 * _SWATCH - 1, 31), (200, 204, 210), 2)
    return Image.fromarray(canvas).reduce(2)
