"""Lays heat maps over pictures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.perception.align import similarity
from mien.perception.face import Face

STRENGTH = 0.65
"""How much of the picture the strongest place hides."""


def overlay(
    image: NDArray[np.uint8], face: Face, heat: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Lay a face's heat map over the picture that it is in, from dark violet to yellow.

    Parameters
    ----------
    image
        RGB, ``uint8 [H, W, 3]``; it is not changed.
    face
        The face, whose landmarks and frame say where its crop lies.
    heat
        What `explain` returned, ``float32 [h, w]``, 0 to 1.

    Returns
    -------
    numpy.ndarray
        RGB, ``uint8 [H, W, 3]``.
    """
    landmarks = np.asarray(face.landmarks, dtype=np.float64)
    frame = np.array(face.frame, dtype=np.float64) * heat.shape[1::-1]
    back = similarity(landmarks, frame)
    height, width = image.shape[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    placed = cv2.warpAffine(heat, back, (width, height), flags=flags)
    shade = np.clip(placed, 0, 1)
    colours = cv2.applyColorMap((shade * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    weight = (STRENGTH * shade)[..., None]
    return np.asarray(np.rint(image * (1 - weight) + colours * weight), dtype=np.uint8)
