"""Draws faces, with their expressions, on a picture."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mien.drawing.emoji import emoji
from mien.drawing.text import is_light, length, name_of, write
from mien.perception.face import Face
from mien.perception.prediction_sets import in_words

_SMALLEST = 320
"""A picture with a shorter long side is enlarged, since a label would cover its faces."""

_SPELLED = 2
"""Expressions of a set that a label names; of a larger one it names the likeliest, with a count."""

_UNSURE = (150, 156, 165)

_Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclasses.dataclass(frozen=True)
class _Tag:
    """A label: the emoji, then the text on a lower plate of the expression's colour."""

    face: Face
    text: str
    height: int
    width: int
    size: float


def draw(image: NDArray[np.uint8], faces: Sequence[Face]) -> NDArray[np.uint8]:
    """Draw a box, the emoji and a label at each face.

    A face that is not sure gets a dashed gray box and a question mark.

    Parameters
    ----------
    image
        RGB, ``uint8 [H, W, 3]``; it is not changed.
    faces
        The faces, with boxes in pixels of the image.

    Returns
    -------
    numpy.ndarray
        RGB, ``uint8 [k H, k W, 3]``. k is 1, or for a picture under 320 pixels with faces the
        whole number that enlarges it to at least that.
    """
    if not faces:
        return image.copy()
    factor = max(1, math.ceil(_SMALLEST / max(image.shape[:2])))
    enlarged = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    canvas = Image.fromarray(enlarged if factor > 1 else image.copy())
    scaled = [_scaled(face, factor) for face in faces]
    pen = ImageDraw.Draw(canvas)
    width = max(2, round(max(canvas.size) / 400))
    for face in scaled:
        _outline(pen, face, width)
    for tag, box in _placed(scaled, canvas.size):
        _put(canvas, pen, tag, box)
    return np.array(canvas)


def _scaled(face: Face, factor: int) -> Face:
    """Return the face in an enlarged picture."""
    x, y, w, h = (value * factor for value in face.box)
    return dataclasses.replace(face, box=(x, y, w, h))


def _colour(face: Face) -> tuple[int, int, int]:
    """Return the colour that stands for what was read."""
    return face.expression.colour if face.sure else _UNSURE


def _outline(pen: ImageDraw.ImageDraw, face: Face, width: int) -> None:
    """Draw the box, dashed where the reading is not sure, with a thin dark rim for contrast."""
    box = _corners(face)
    if face.sure:
        radius = min(width * 3, face.box[2] / 6)
        pen.rounded_rectangle(_grown(box, 1), radius, outline=(30, 30, 30), width=width + 2)
        pen.rounded_rectangle(box, radius, outline=_colour(face), width=width)
        return
    for start, end in _dashes(box, width * 5):
        pen.line([start, end], fill=(30, 30, 30), width=width + 2)
        pen.line([start, end], fill=_colour(face), width=width)


def _dashes(
    box: _Box, length: float
) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """List the dashes around a box, one at each corner and even gaps between."""
    left, top, right, bottom = box
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        count = max(1, round(math.hypot(x1 - x0, y1 - y0) / length / 2)) * 2 + 1
        for step in range(0, count, 2):
            a, b = step / count, (step + 1) / count
            start = (x0 + (x1 - x0) * a, y0 + (y1 - y0) * a)
            yield start, (x0 + (x1 - x0) * b, y0 + (y1 - y0) * b)


def _placed(faces: Sequence[Face], size: tuple[int, int]) -> list[tuple[_Tag, _Box]]:
    """Choose a place for each tag: near its face, clear of other faces and tags."""
    boxes = [_corners(face) for face in faces]
    placed: list[tuple[_Tag, _Box]] = []
    for face in faces:
        tag = _tag(face, size)
        occupied = [box for _, box in placed]
        places = [_inside(place, size) for place in _places(tag, _corners(face))]
        costs = [
            4 * sum(_shared(place, other) for other in occupied)
            + sum(_shared(place, other) for other in boxes)
            + 0.02 * tag.width * tag.height * rank
            for rank, place in enumerate(places)
        ]
        placed.append((tag, places[int(np.argmin(costs))]))
    return placed


def _tag(face: Face, size: tuple[int, int]) -> _Tag:
    """Size a tag by its face, within what is legible and what fits into the picture."""
    text = _text(face)
    least, most = max(24, max(size) / 38), max(28, max(size) / 10)
    height = round(min(max(face.box[2] * 0.38, least), most))
    while True:
        width = round(height * 1.4 + length(text, height * 0.5))
        if width <= size[0] or height <= 8:
            return _Tag(face, text, height, width, height * 0.5)
        height = max(8, int(height * 0.9))


def _text(face: Face) -> str:
    """Return the text: the expression and its confidence, or the set if there is one."""
    doubt = "" if face.sure else "?"
    if face.prediction_set is None:
        return f"{name_of(face.expression)}{doubt} {face.confidence:.0%}"
    if len(face.prediction_set) <= _SPELLED:
        return in_words(face.prediction_set, len(face.vocabulary)) + doubt
    return f"{name_of(face.expression)} or {len(face.prediction_set) - 1} others{doubt}"


def _places(tag: _Tag, box: _Box) -> Iterator[_Box]:
    """List where a tag may go around a box, best first."""
    left, top, right, bottom = box
    gap = max(2, tag.height // 6)
    middle = (left + right - tag.width) / 2
    for y in (top - gap - tag.height, bottom + gap):
        for x in (left, middle, right - tag.width):
            yield (x, y, x + tag.width, y + tag.height)
    for y in (top, bottom - tag.height):
        for x in (right + gap, left - gap - tag.width):
            yield (x, y, x + tag.width, y + tag.height)


def _put(canvas: Image.Image, pen: ImageDraw.ImageDraw, tag: _Tag, box: _Box) -> None:
    """Draw one tag."""
    left, top = round(box[0]), round(box[1])
    inset = round(tag.height * 0.14)
    plate = (left + inset, top + inset, left + tag.width - 1, top + tag.height - 1 - inset)
    colour = _colour(tag.face)
    pen.rounded_rectangle(
        plate, tag.height / 2, fill=colour, outline=(30, 30, 30), width=max(1, tag.height // 30)
    )
    face = Image.fromarray(emoji(tag.face.expression if tag.face.sure else None, tag.height))
    canvas.paste(face, (left, top), face)
    ink = (20, 20, 20) if is_light(colour) else (255, 255, 255)
    write(pen, (left + tag.height * 1.1, top + tag.height / 2), tag.text, tag.size, ink, "lm")


def _corners(face: Face) -> _Box:
    """Return left, top, right and bottom of a face's box."""
    x, y, w, h = face.box
    return (x, y, x + w, y + h)


def _grown(box: _Box, by: float) -> _Box:
    """Return a box with each side moved outwards."""
    return (box[0] - by, box[1] - by, box[2] + by, box[3] + by)


def _inside(box: _Box, size: tuple[int, int]) -> _Box:
    """Shift a box into the picture."""
    dx = max(0.0, -box[0]) or min(0.0, size[0] - box[2])
    dy = max(0.0, -box[1]) or min(0.0, size[1] - box[3])
    return (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)


def _shared(one: _Box, other: _Box) -> float:
    """Return the area that two boxes share, in square pixels."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)
