"""Refuses arrays that cannot be drawn, with a sentence that says how to convert them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.errors import PictureError
from mien.perception.conversion import advice
from mien.perception.face import Face
from mien.perception.picture import Picture


def check_image(image: NDArray[np.generic]) -> None:
    """Refuse an array that is not a picture's pixels.

    Raises
    ------
    PictureError
        If it is not ``uint8 [H, W, 3]`` with at least one pixel.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise PictureError(
            "Expected a picture's pixels as array uint8 [height, width, 3], got"
            f" {image.dtype} {list(image.shape)}.",
            _conversion(image),
        )


def _conversion(image: NDArray[np.generic]) -> str:
    """Say how to turn an array into RGB pixels."""
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or not image.size:
        return advice(image)
    if image.ndim == 2:
        return "Repeat gray three times: numpy.stack([image] * 3, axis=2)."
    if image.shape[2] == 1:
        return "Repeat gray three times: numpy.repeat(image, 3, axis=2)."
    if image.shape[2] == 4:
        return "Leave out the opacity: image[..., :3]."
    return advice(image)


def check_size(image: NDArray[np.uint8], faces: Sequence[Face]) -> None:
    """Refuse faces of a picture that has another size than the image.

    Raises
    ------
    PictureError
        If they are a `Picture` whose width and height are not the image's.
    """
    high, wide = image.shape[:2]
    if isinstance(faces, Picture) and (faces.width, faces.height) != (wide, high):
        raise PictureError(
            f"The faces were read in a picture of {faces.width} x {faces.height} pixels, but the"
            f" image has {wide} x {high}.",
            "Draw on the image that was read, whole and upright; Reader.open returns it.",
        )


def check_heats(heats: Sequence[NDArray[np.generic]], count: int) -> None:
    """Refuse heat maps unless there is one for each face, an array of numbers ``[h, w]``.

    Raises
    ------
    PictureError
        If there are more or fewer, or one is something else.
    """
    if len(heats) != count:
        raise PictureError(
            f"Expected a heat map for each of {count} faces, got {len(heats)}.",
            "Pass a list of what mien.explain returned.",
        )
    for heat in heats:
        check_heat(heat)


def check_heat(heat: NDArray[np.generic]) -> None:
    """Refuse an array that is not a heat map.

    Raises
    ------
    PictureError
        If it is not an array of numbers ``[h, w]``.
    """
    if heat.dtype.kind != "f" or heat.ndim != 2:
        raise PictureError(
            "Expected a heat map as array float32 [height, width], got"
            f" {heat.dtype} {list(heat.shape)}.",
            "Pass what mien.explain returned for the face.",
        )
