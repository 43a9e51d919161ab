"""Small drawings that are made once and laid on many frames."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien import fonts
from mien.classes import Colour
from mien.drawing.text import length, write

_WORDS = 1024  # drawings of words that are kept: of each percentage in each colour, and more


@dataclasses.dataclass(frozen=True, eq=False)
class Sprite:
    """A drawing with its opacity."""

    colours: NDArray[np.uint8]
    """RGB multiplied by the opacity, ``uint8 [h, w, 3]``."""
    clearness: NDArray[np.uint8]
    """What stays of the pixels below: 255 minus the opacity, ``uint8 [h, w, 3]``."""

    @classmethod
    def of(cls, size: tuple[int, int], paint: Callable[[NDArray[np.uint8]], object]) -> Sprite:
        """Make a drawing from a function that draws on any background.

        What it draws on black is the colours times the opacity; by how much lighter it comes out
        on white is what stays of the background.

        Parameters
        ----------
        size
            Width and height in pixels.
        paint
            Draws on the canvas that it is called with, RGB ``uint8 [h, w, 3]``.
        """
        black = np.zeros((size[1], size[0], 3), np.uint8)
        white = np.full_like(black, 255)
        paint(black)
        paint(white)
        return cls(black, cv2.subtract(white, black).astype(np.uint8))

    def lay(self, canvas: NDArray[np.uint8], left: int, top: int) -> None:
        """Lay the drawing on a canvas, RGB ``uint8 [H, W, 3]``; what is outside is cut off."""
        high, wide = canvas.shape[:2]
        tall, broad = self.colours.shape[:2]
        x0, y0, x1, y1 = max(0, left), max(0, top), min(wide, left + broad), min(high, top + tall)
        if x0 >= x1 or y0 >= y1:
            return
        spot = canvas[y0:y1, x0:x1]
        part = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
        below = cv2.multiply(spot, self.clearness[part], scale=1 / 255)
        spot[:] = cv2.add(below, self.colours[part])


def word_sprite(text: str, size: float, height: int, colour: Colour) -> tuple[Sprite, int]:
    """Draw words in the middle of a line; return also how far they begin from its left end.

    Parameters
    ----------
    text
        The words.
    size
        Of the letters, in pixels.
    height
        Of the line, in pixels.
    colour
        Of the letters.
    """
    return _word_sprite(text, size, height, colour, fonts.folders())


@functools.lru_cache(maxsize=_WORDS)
def _word_sprite(
    text: str, size: float, height: int, colour: Colour, _folders: tuple[Path, ...]
) -> tuple[Sprite, int]:
    margin = math.ceil(size / 3)

    def paint(canvas: NDArray[np.uint8]) -> None:
        picture = Image.fromarray(canvas)
        write(picture, (margin, height / 2), text, size, colour, "lm")
        canvas[:] = np.asarray(picture)

    return Sprite.of((math.ceil(length(text, size)) + 2 * margin, height), paint), margin
