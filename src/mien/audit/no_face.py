"""Recognises pictures without a face by statistics of their grays, at FER-2013's size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mien.data.duplicates import to_gray
from mien.data.read import to_face
from mien.models.info import FER2013_INPUT

BLANK = 8.0
"""Standard deviation of the grays, of 255, below which a picture shows nothing. Training and
PublicTest of FER-2013 hold 14 (benchmarks/results/audit.json)."""

FEW_GRAYS = 2.0
"""Entropy in bits of the grays in 32 bins below which a picture is a sign or text. Training
and PublicTest of FER-2013 hold 31 that are not blank (benchmarks/results/audit.json)."""

DRAWING = 0.2
"""Steps per pixel of more than `STEP` grays to the next pixel, to the right or below, above which a
picture is probably a drawing. Training and PublicTest of FER-2013 hold 86
(benchmarks/results/audit.json)."""

STEP = 80
"""Grays between two pixels that make a hard edge."""


def spread(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the standard deviation of each picture's grays, ``[N]``."""
    return np.array([image.std() for image in _measured(images)], dtype=np.float64)


def entropy(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the entropy in bits of each picture's grays in 32 bins, ``[N]`` from 0 to 5."""
    values = []
    for image in _measured(images):
        counts = np.bincount(image.ravel() >> 3, minlength=32)
        shares = counts[counts > 0] / image.size
        values.append(-float((shares * np.log2(shares)).sum()))
    return np.array(values, dtype=np.float64)


def hard_edges(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the hard edges per pixel of each picture, to the right or below, ``[N]``, 0 to 2."""
    values = []
    for image in _measured(images):
        wide = image.astype(np.int16)
        right = np.abs(np.diff(wide, axis=1)) > STEP
        below = np.abs(np.diff(wide, axis=0)) > STEP
        values.append(float(right.mean() + below.mean()))
    return np.array(values, dtype=np.float64)


def _measured(images: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Bring faces of any size and colour to what the limits above were measured on."""
    return (to_face(to_gray(image), FER2013_INPUT) for image in images)
