"""Says why a face cannot be read reliably."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mien.perception.detector import Detection
from mien.perception.face import Doubt

SMALL = 16.0
"""Least side in pixels of a square as large as the box of a face that can be read. A box that
size is a crop of about 16 px, on which mien-s reads fewer than half of PublicTest's faces right
(benchmarks/detection.py)."""

DARK = 6.5
"""Least standard deviation of a crop's gray values, 0 to 255, that can be read. About there mien-s
comes to read fewer than half of PublicTest's faces right (benchmarks/detection.py)."""


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
