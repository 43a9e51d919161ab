"""Brings pictures to FER-2013's size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.fer2013.samples import SIZE


def to_face(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring a gray picture ``uint8 [H, W]`` to 48x48 without changing its aspect ratio.

    The short side is filled up on both ends by repeating the edge pixels.
    """
    height, width = gray.shape
    if (height, width) == (SIZE, SIZE):
        return gray
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = cv2.copyMakeBorder(
        gray, top, side - height - top, left, side - width - left, cv2.BORDER_REPLICATE
    )
    how = cv2.INTER_AREA if side > SIZE else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(square, (SIZE, SIZE), interpolation=how), dtype=np.uint8)
