"""Shows where on a face its answer came from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.errors import PictureError
from mien.models import DEFAULT
from mien.perception.align import FRAME, similarity
from mien.perception.classifier import Classifier
from mien.perception.face import Face

STRENGTH = 0.65
"""How much of the picture the strongest place hides in `overlay`."""


def explain(face: Face, net: str | Path | Classifier = DEFAULT) -> NDArray[np.float32]:
    """Map how much each place on a face speaks for the expression that was read from it.

    The network's own map (HiResCAM, Draelos and Carin 2020: what each place adds to the logit of
    the likeliest expression) is cut off below 0, enlarged, and divided by its maximum. It shows
    what the network looked at, which need not be why the face looks as it does.

    Parameters
    ----------
    face
        A face with its crop, as `Reader.read` gives it.
    net
        The network that read it: a name, a path, or a `Classifier` to use again.

    Returns
    -------
    numpy.ndarray
        ``float32 [48, 48]`` over the crop, 0 to 1; all 0 if nothing speaks for the expression.

    Raises
    ------
    PictureError
        If the face has no crop.
    NetError
        If there is no such network, or its graph gives no map.
    """
    if face.crop is None:
        raise PictureError(
            "Expected a face with its crop, got one without.", "Use a face that mien.detect gave."
        )
    classifier = net if isinstance(net, Classifier) else Classifier(net)
    coarse = np.maximum(classifier.maps(face.crop[None])[0], 0)
    size = face.crop.shape[1::-1]
    fine = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    highest = float(fine.max())
    return np.asarray(fine / highest if highest else fine, dtype=np.float32)


def overlay(
    image: NDArray[np.uint8], face: Face, heat: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Lay a face's map over the picture that it is in, from dark violet to yellow.

    Parameters
    ----------
    image
        RGB, ``uint8 [H, W, 3]``; it is not changed.
    face
        The face, whose landmarks say where its crop lies.
    heat
        What `explain` gave, ``float32 [S, S]``, 0 to 1.

    Returns
    -------
    numpy.ndarray
        RGB, ``uint8 [H, W, 3]``.
    """
    side = len(heat)
    landmarks = np.asarray(face.landmarks, dtype=np.float64)
    back = similarity(landmarks, FRAME * side)
    height, width = image.shape[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    placed = cv2.warpAffine(heat, back, (width, height), flags=flags)
    shade = np.clip(placed, 0, 1)
    colours = cv2.applyColorMap((shade * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    weight = (STRENGTH * shade)[..., None]
    return np.asarray(np.rint(image * (1 - weight) + colours * weight), dtype=np.uint8)
