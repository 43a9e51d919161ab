"""Says why a face cannot be read reliably."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mien.perception.detector import Detection
from mien.perception.face import Doubt

SMALL = 16.0
"""Minimum side in pixels of a square with the area of a face's box, for the face to be read. Such
a box becomes a crop of about 16 px, at which mien-s reads fewer than half of PublicTest's faces
right (benchmarks/detection.py)."""

DARK = 6.5
"""Minimum standard deviation of a crop's gray values, 0 to 255, for the face to be read. Around
there, mien-s begins to read fewer than half of PublicTest's faces right
(benchmarks/detection.py)."""


def doubt_about(detection: Detection, crop: NDArray[np.uint8]) -> Doubt | None:
    """Return why a face cannot be read reliably; None if nothing speaks against it.

    Parameters
    ----------
    detection
        Where the face is.
    crop
        What the network is shown of it, ``uint8 [H, W]`` or ``[H, W, 3]``.
    """
    if math.sqrt(detection.box[2] * detection.box[3]) < SMALL:
        return "small"
    gray = crop if crop.ndim == 2 else crop.mean(axis=2)
    if float(gray.std()) < DARK:
        return "dark"
    return detection.doubt
