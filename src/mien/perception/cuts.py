"""Notices where a new shot of a video begins."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 64, 48
"""Size in pixels to which frames are shrunk before they are compared."""

ALIKE = 0.5
"""Frames whose gray values correlate less than this are of different shots."""


class CutDetector:
    """Compares each frame with the one before; not shared between threads."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None

    def is_cut(self, image: NDArray[np.uint8]) -> bool:
        """Return whether a new shot begins with this frame; never with the first.

        Parameters
        ----------
        image
            The next frame, RGB, ``uint8 [H, W, 3]``.
        """
        small = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        now = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)
        before, self._before = self._before, now
        if before is None:
            return False
        return _correlation(before, now) < ALIKE


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the correlation of two pictures; 1 if both are uniform."""
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    if scale == 0:
        return float(not one.any() and not other.any())
    return float((one * other).sum()) / scale
