"""Refuses arguments that cannot be drawn, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import PictureError
from mien.perception.face import Face


def check_image(image: object) -> None:
    """Refuse what is not a picture's pixels.

    Raises
    ------
    PictureError
        If it is not an array ``uint8 [H, W, 3]`` with at least one pixel.
    """
    if not isinstance(image, np.ndarray):
        fix = "Convert it with numpy.asarray, and to RGB if it is not."
        if isinstance(image, str | Path | bytes):
            fix = "Pass the pixels, such as numpy.asarray(PIL.Image.open(path).convert('RGB'))."
        raise PictureError(
            f"Expected a picture's pixels as array uint8 [height, width, 3], got {_kind(image)}.",
            fix,
        )
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise PictureError(
            "Expected a picture's pixels as array uint8 [height, width, 3], got"
            f" {image.dtype} {list(image.shape)}.",
            _conversion(image),
        )


def _conversion(image: NDArray[np.generic]) -> str:
    """Say how to turn an array into RGB pixels."""
    if image.dtype.kind == "f":
        return "Scale it to 0 to 255, round it, and convert it with astype('uint8')."
    if image.ndim == 2:
        return "Repeat gray three times: numpy.stack([image] * 3, axis=2)."
    if image.ndim == 3 and image.shape[2] == 4:
        return "Leave out the opacity: image[..., :3]."
    return "Convert it to RGB with values from 0 to 255."


def check_faces(faces: object) -> list[Face]:
    """Return faces as a list; one face alone is a list of one.

    Raises
    ------
    PictureError
        If it is neither a `Picture` nor a sequence of `Face`.
    """
    if isinstance(faces, Face):
        return [faces]
    if not isinstance(faces, Sequence) or isinstance(faces, str | bytes):
        raise PictureError(
            f"Expected the faces of a picture, got {_kind(faces)}.",
            "Pass what mien.detect returned.",
        )
    for face in faces:
        check_face(face)
    return list(faces)


def check_face(face: object) -> None:
    """Refuse what is not a face.

    Raises
    ------
    PictureError
        If it is not a `Face`.
    """
    if not isinstance(face, Face):
        raise PictureError(
            f"Expected a face, got {_kind(face)}.", "Pass one of those that mien.detect returned."
        )


def check_heats(heats: object, count: int) -> list[NDArray[np.float32]]:
    """Return heat maps as a list.

    Raises
    ------
    PictureError
        If they are not as many as the faces, or not arrays of numbers ``[h, w]``.
    """
    if not isinstance(heats, Sequence | np.ndarray) or len(heats) != count:
        got = f"{len(heats)}" if isinstance(heats, Sequence | np.ndarray) else _kind(heats)
        raise PictureError(
            f"Expected a heat map for each of {count} faces, got {got}.",
            "Pass a list of what mien.explain returned.",
        )
    for heat in heats:
        check_heat(heat)
    return list(heats)


def check_heat(heat: object) -> None:
    """Refuse what is not a heat map.

    Raises
    ------
    PictureError
        If it is not an array of numbers ``[h, w]``.
    """
    if not isinstance(heat, np.ndarray) or heat.dtype.kind != "f" or heat.ndim != 2:
        got = _kind(heat)
        if isinstance(heat, np.ndarray):
            got = f"{heat.dtype} {list(heat.shape)}"
        raise PictureError(
            f"Expected a heat map as array float32 [height, width], got {got}.",
            "Pass what mien.explain returned for the face.",
        )


def _kind(value: object) -> str:
    """Return what kind of thing a value is: ``"None"``, ``"a str"``."""
    return "None" if value is None else f"a {type(value).__name__}"
