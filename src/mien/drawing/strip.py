"""Draws the strip below a picture, with the labels that have no room in it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien.drawing.labels import Label, draw_number, draw_plate, draw_words, write_number
from mien.drawing.shapes import Point

_PAPER = (246, 246, 243)


@dataclasses.dataclass(frozen=True)
class Strip:
    """The labels below a picture, in columns, each after its face's number if there are several."""

    width: int
    labels: Sequence[Label]
    numbers: Sequence[int | None]

    @property
    def height(self) -> int:
        """Height in pixels; 0 without labels."""
        if not self.labels:
            return 0
        rows = math.ceil(len(self.labels) / self._columns)
        return rows * self._step + self._gap

    def draw(self) -> NDArray[np.uint8]:
        """Draw the strip, RGB ``uint8 [height, width, 3]``."""
        canvas = np.full((self.height, self.width, 3), _PAPER, np.uint8)
        spots = [self._spot(place) for place in range(len(self.labels))]
        for label, number, (left, top) in zip(self.labels, self.numbers, spots, strict=True):
            draw_plate(canvas, label, left, top)
            if number is not None:
                draw_number(canvas, label.face, self._number_spot(label, left, top), label.height)
        picture = Image.fromarray(canvas)
        for label, number, (left, top) in zip(self.labels, self.numbers, spots, strict=True):
            draw_words(picture, label, left, top)
            if number is not None:
                middle = self._number_spot(label, left, top)
                write_number(picture, label.face, number, middle, label.height)
        return np.array(picture)

    @property
    def _gap(self) -> int:
        return max(4, self.labels[0].height // 4)

    @property
    def _step(self) -> int:
        return self.labels[0].height + self._gap

    @property
    def _room(self) -> int:
        """Pixels left of a label, for its number."""
        numbered = any(number is not None for number in self.numbers)
        return self._gap + (round(1.15 * self.labels[0].height) if numbered else 0)

    @property
    def _column(self) -> int:
        return self._room + max(label.width for label in self.labels) + self._gap

    @property
    def _columns(self) -> int:
        return max(1, min(len(self.labels), self.width // self._column))

    def _spot(self, place: int) -> Point:
        """Return the left and top end of a label."""
        row, column = divmod(place, self._columns)
        return column * self._column + self._room, self._gap + row * self._step

    def _number_spot(self, label: Label, left: float, top: float) -> Point:
        return left - 0.6 * label.height, top + label.height / 2
