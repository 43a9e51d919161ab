"""Draws faces, with their expressions, on the frames of a video."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien.classes import Colour, Expression
from mien.drawing.emoji import emoji
from mien.drawing.enlarging import enlarged, factor_for, scaled
from mien.drawing.labels import (
    LETTERS,
    box_of,
    colour_of,
    draw_outline,
    ink_on,
    label_height,
    line_width,
    plate_on,
    words_of,
)
from mien.drawing.sprites import Sprite, word_sprite
from mien.drawing.steady_places import SteadyPlaces
from mien.drawing.text import length
from mien.perception.face import Face

Box = tuple[float, float, float, float]
"""Left, top, width and height in pixels."""

_CHANGE = 1.25
"""Labels keep their height until the fitting one differs by this factor, so that they do not
flicker with the size of the boxes."""


_AT_ONCE = 0.15
"""A box that moves by this share of its width is drawn where it is; one that moves less goes only a
part of the way, in proportion.

Tried first by eye on the clips of the benchmarks, then measured on a drawn one of a portrait under
noise: with both constants as they are, a box of a face at rest moves 0.5% of its width a frame
instead of 3%, and one of a face that drifts is drawn 3.5% of its width behind. At 0.25 it is 5.7%
behind and trembles as much; at 0.1 it trembles more. No number but the drawn box depends on it."""

_LEAST_WAY = 0.2
"""The smallest such part."""


class FrameDrawer:
    """Draws the faces of a video's frames, which are given in turn.

    Boxes and labels look as those of `mien.draw`, but a label stays at the same side of its face
    and keeps its size while it fits, and nothing is added below the picture. Boxes that tremble by
    a few percent of their width are drawn steady. Where several faces have been seen, labels begin
    with the face's id. A frame under 320 pixels is enlarged by a whole number.

    Parameters
    ----------
    width, height
        Size of the frames in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self._factor = factor_for((width, height))
        self.width = width * self._factor
        """Width in pixels of what is drawn."""
        self.height = height * self._factor
        """Height in pixels of what is drawn."""
        self._places = SteadyPlaces()
        self._label_height = 0
        self._ids: set[int] = set()
        self._boxes: dict[int, Box] = {}

    def draw(self, image: NDArray[np.uint8], faces: Sequence[Face]) -> NDArray[np.uint8]:
        """Return a copy of a frame with its faces drawn.

        Parameters
        ----------
        image
            RGB, ``uint8 [H, W, 3]``; it is not changed.
        faces
            Its faces, with their ids.

        Returns
        -------
        numpy.ndarray
            RGB, ``uint8 [height, width, 3]``.
        """
        canvas = enlarged(image, self._factor)
        faces = self._steadied([scaled(face, self._factor) for face in faces])
        if not faces:
            return canvas
        self._ids.update(map(_id_of, faces))
        height = self._height(faces)
        labels = [_Label.of(face, height, self.width, len(self._ids) > 1) for face in faces]
        boxes = {_id_of(face): box_of(face) for face in faces}
        sizes = [(label.width, height) for label in labels]
        places = self._places.place(boxes, sizes, (self.width, self.height))
        for face in faces:
            draw_outline(canvas, face, line_width(canvas))
        for label, place in zip(labels, places, strict=True):
            label.draw(canvas, *place)
        return canvas

    def _steadied(self, faces: Sequence[Face]) -> list[Face]:
        """Return the faces with boxes that do not tremble."""
        # Those that were not in the frame before begin where they are.
        last, self._boxes = self._boxes, {}
        for face in faces:
            self._boxes[_id_of(face)] = _towards(last.get(_id_of(face)), face.box)
        return [dataclasses.replace(face, box=self._boxes[_id_of(face)]) for face in faces]

    def _height(self, faces: Sequence[Face]) -> int:
        """Return the height of labels: the last one, unless it does not fit any more."""
        fitting = label_height(faces, (self.width, self.height))
        last = self._label_height
        if not last or not last / _CHANGE <= fitting <= last * _CHANGE:
            self._label_height = fitting
        return self._label_height


class _Label:
    """A label as it is put together from drawings: plate with emoji, words, confidence."""

    def __init__(self, face: Face, height: int, words: tuple[str, str]) -> None:
        self._face, self._height, self._words = face, height, words
        size = height * LETTERS
        self._steps = [round(length(word, size)) for word in words]
        self.width = round(height * 1.5) + sum(self._steps)

    @classmethod
    def of(cls, face: Face, height: int, room: int, numbered: bool) -> _Label:
        """Write a face's label, after its id if it is numbered."""
        before = f"{_id_of(face)}: " if numbered else ""
        return cls(face, height, words_of(face, height, room, before))

    def draw(self, canvas: NDArray[np.uint8], left: int, top: int) -> None:
        """Draw the label with its left and top end at a place."""
        face, height = self._face, self._height
        colour = colour_of(face)
        shown = face.expression if face.sure else None
        _plate(shown, colour, self.width, height).lay(canvas, left, top)
        x = left + round(height * 1.12)
        for word, step in zip(self._words, self._steps, strict=True):
            if word:
                sprite, margin = word_sprite(word, height * LETTERS, height, ink_on(colour))
                sprite.lay(canvas, x - margin, top)
            x += step


def _towards(last: Box | None, box: Box) -> Box:
    """Move a box from its last place towards another, the further the larger the distance."""
    if last is None:
        return box
    ways = [new - old for new, old in zip(box, last, strict=True)]
    part = min(max(max(map(abs, ways)) / box[2] / _AT_ONCE, _LEAST_WAY), 1.0)
    left, top, width, height = (old + part * way for old, way in zip(last, ways, strict=True))
    return (left, top, width, height)


def _id_of(face: Face) -> int:
    return 0 if face.face_id is None else face.face_id


@functools.lru_cache(maxsize=512)
def _plate(
    expression: Expression | None, colour: Colour, width: int, height: int
) -> Sprite:
    """Draw the plate of a label, with the emoji on its left end.

    Parameters
    ----------
    expression
        What the emoji shows; None is unsure.
    colour
        Of the plate.
    width, height
        Of the label, in pixels.
    """
    face = Image.fromarray(emoji(expression, height))

    def paint(canvas: NDArray[np.uint8]) -> None:
        plate_on(canvas, (0, 0), (width, height), colour)
        picture = Image.fromarray(canvas)
        picture.paste(face, (0, 0), face)
        canvas[:] = np.asarray(picture)

    return Sprite.of((width, height), paint)
