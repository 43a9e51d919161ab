"""Describes the appearance of a face, so that it is known again a moment later.

This tells people apart only as well as hair, skin and features in one light do: it is made for the
seconds of a shot, and is neither meant nor fit to say who somebody is.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.models.info import FER2013_FRAME
from mien.perception.align import similarity
from mien.perception.detector import Detection

SIDE = 32
"""Side in pixels of the crop that is described."""

SHARE = 0.65
"""The landmarks span this share of what they span in FER-2013's frame: hair is seen too."""

CELLS = 8
"""The crop is described in this many rows and columns of cells."""

SMALLEST = 32
"""Faces with a shorter side in pixels are not described: where their landmarks happen to fall
makes more of a difference than who they are."""

HEAD = (0.6, 0.75)
"""Only cells count whose middle is in an ellipse with these half axes, as shares of half the crop's
sides: outside, a background that passes by would be seen."""

_RAISED = 0.05
"""The ellipse is this much above the middle, in the same units."""

_FLAT = 4.0
"""Added to the length of a cell's gradients, so that weak ones, which are noise, count little."""

_GRAY = 20.0
"""Added to the length of a crop's colours, in units of Lab, so that faint colours count little."""

_ACROSS, _DOWN = np.meshgrid(*[(2 * np.arange(CELLS) + 1) / CELLS - 1] * 2)
_INSIDE = np.hypot(_ACROSS / HEAD[0], (_DOWN + _RAISED) / HEAD[1]) <= 1

LENGTH = int(_INSIDE.sum()) * (4 + 2)
"""Numbers in a description."""

_FRAME = (0.5 + (np.array(FER2013_FRAME) - 0.5) * SHARE) * SIDE


def describe(image: NDArray[np.uint8], detections: Sequence[Detection]) -> NDArray[np.float32]:
    """Return the appearance of each face of a picture.

    A description is a histogram of the directions of gradients (Dalal and Triggs 2005), and
    the colours, of each cell of the upright head. `SHARE`, `HEAD` and the kinds of features were
    chosen on the photos of JAFFE and London, and on clips composed of them and Yale.

    Parameters
    ----------
    image
        RGB, ``uint8 [H, W, 3]``.
    detections
        The faces.

    Returns
    -------
    numpy.ndarray
        ``float32 [N, LENGTH]``, each of length 1, so that 1 minus the product of two is their
        distance; zeros where a face is too small.
    """
    rows = np.zeros((len(detections), LENGTH), np.float32)
    for row, detection in zip(rows, detections, strict=True):
        if min(detection.box[2:]) >= SMALLEST:
            row[:] = _described(_crop(image, detection))
    return rows


def _crop(image: NDArray[np.uint8], detection: Detection) -> NDArray[np.uint8]:
    """Cut out the face and its hair, upright, RGB ``uint8 [SIDE, SIDE, 3]``."""
    transform = similarity(detection.landmarks.astype(np.float64), _FRAME)
    scale = float(np.hypot(*transform[:, 0]))
    # The crop's corners in the picture say which part of it is needed.
    matrix = cv2.invertAffineTransform(transform)
    corners = np.array([[0, 0], [SIDE, 0], [0, SIDE], [SIDE, SIDE]])
    corners = corners @ matrix[:, :2].T + matrix[:, 2]
    limit = np.array(image.shape[1::-1])
    low = np.clip(np.floor(corners.min(axis=0)), 0, limit - 1).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)), low + 1, limit).astype(int)
    # Of a large face every nth pixel is enough, since several make one pixel of the crop.
    step = max(1, int(0.5 / scale))
    part = np.ascontiguousarray(image[low[1] : high[1] : step, low[0] : high[0] : step])
    # Shrunk first, or warping would skip pixels.
    sides = np.maximum(np.rint((high - low) * min(1.0, scale)), 1).astype(int)
    small = cv2.resize(part, (int(sides[0]), int(sides[1])), interpolation=cv2.INTER_AREA)
    ratio = (high - low) / sides
    forth = transform[:, :2] * ratio
    shift = transform[:, 2] + transform[:, :2] @ low + forth @ [0.5, 0.5] - 0.5
    matrix = np.column_stack([forth, shift])
    warped = cv2.warpAffine(small, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def _described(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe a crop, ``float32 [LENGTH]``."""
    halves = [_unit(_gradients(crop)), _colours(crop)]
    return _unit(np.concatenate(halves))


def _gradients(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return each cell's gradients to the right, left, bottom and top."""
    gray = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    across = cv2.Sobel(gray, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(gray, cv2.CV_32F, 0, 1)
    parts = np.sqrt(np.maximum(np.stack([across, -across, down, -down], axis=-1), 0))
    cells = cv2.resize(parts, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    cells = cells[_INSIDE]
    return np.asarray(cells / (np.linalg.norm(cells, axis=1, keepdims=True) + _FLAT), np.float32)


def _colours(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return each cell's colour without its lightness, shorter than 1 where there is little."""
    cells = cv2.resize(crop, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(cells, cv2.COLOR_RGB2Lab).astype(np.float32)
    chroma = lab[_INSIDE, 1:].ravel() - 128
    return np.asarray(chroma / (np.linalg.norm(chroma) + _GRAY), np.float32)


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = vector.ravel()
    return np.asarray(flat / (np.linalg.norm(flat) + 1e-9), np.float32)
