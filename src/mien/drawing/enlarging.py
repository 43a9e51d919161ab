"""Enlarges small pictures before faces are drawn on them."""

from __future__ import annotations

import dataclasses
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.perception.face import Face

_SMALLEST = 320
"""A picture whose longer side is shorter is enlarged, since labels would cover its faces."""


def factor_for(size: tuple[int, int]) -> int:
    """Return the whole number by which a picture of a width and height is enlarged, mostly 1."""
    return max(1, math.ceil(_SMALLEST / max(size)))


def enlarged(image: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Return a copy of a picture, RGB ``uint8 [H, W, 3]``, enlarged by a factor."""
    if factor == 1:
        return image.copy()
    size = (image.shape[1] * factor, image.shape[0] * factor)
    larger = cv2.resize(np.ascontiguousarray(image), size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(larger, np.uint8)


def scaled(face: Face, factor: int) -> Face:
    """Return the face in a picture that was enlarged by a factor."""
    x, y, w, h = (value * factor for value in face.box)
    return face if factor == 1 else dataclasses.replace(face, box=(x, y, w, h))
