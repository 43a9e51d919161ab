"""Says how to turn something that is almost a picture into pixels."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DEPTHS = (1, 3, 4)
"""Channels that a picture may have: gray, colour, and colour with opacity."""

_WHITES = (1, 255, 1023, 4095, 16383, 65535)
"""Values that white usually has: of fractions, and of 8, 10, 12, 14 and 16 bits."""


def advice(source: object) -> str:
    """Say in a sentence how to turn a value into a picture.

    The code in it never overflows: it maps the value's own range to 0 to 255, and names the range.
    """
    if source is None:
        return "cv2.imread returns None for a file that it cannot read; check the file."
    if isinstance(source, np.ndarray):
        return _array_advice(source, [])
    if isinstance(source, list | tuple):
        return _list_advice(source)
    if type(source).__module__.partition(".")[0] == "torch":
        return _tensor_advice(source)
    if hasattr(source, "__array__"):
        return "Turn it into an array: numpy.asarray(it)."
    return "Name a file, such as 'party.jpg'."


def described(source: object) -> str:
    """Describe a value: ``"float32 [224, 224, 3]"`` for an array, else its type."""
    if source is None:
        return "None"
    if isinstance(source, np.ndarray):
        return f"{source.dtype} {list(source.shape)}"
    if type(source).__module__.partition(".")[0] == "torch" and hasattr(source, "shape"):
        return f"torch's {type(source).__name__} {list(source.shape)}"
    return type(source).__name__


def _list_advice(source: list[object] | tuple[object, ...]) -> str:
    if any(isinstance(one, str | os.PathLike | bytes | np.ndarray) for one in source):
        return "Read several pictures with Reader.read_many, or name one."
    try:
        pixels = np.asarray(source)
    except ValueError:
        return "Its rows have different lengths; make them an array of one shape."
    if pixels.dtype.kind not in "buif" or not pixels.size:
        return "Name a file, such as 'party.jpg'."
    # Numbers of a list are numpy's own integers or floats, whatever they are meant to be.
    return _array_advice(pixels, ["pixels = numpy.asarray(pixels)"])


def _tensor_advice(tensor: Any) -> str:
    """Say how to turn a tensor of torch's into pixels, without importing torch."""
    # NumPy has no such type.
    short = "bfloat16" in str(getattr(tensor, "dtype", ""))
    code = f"pixels.detach(){'.float()' if short else ''}.cpu().numpy()"
    try:
        pixels = (tensor.detach().float() if short else tensor.detach()).cpu().numpy()
    except (AttributeError, RuntimeError, TypeError, ValueError):
        return f"Turn it into an array: {code}."
    return _array_advice(pixels, [f"pixels = {code}"])


def _array_advice(pixels: NDArray[np.generic], steps: list[str]) -> str:
    """Say how to turn an array into pixels, after some steps."""
    if not pixels.size:
        return "It has no pixels; check how it was cut out."
    if pixels.dtype.kind not in "buif":
        return "Pass numbers from 0 to 255 as uint8."
    if pixels.ndim == 1 and pixels.dtype == np.uint8:
        return "If these are the bytes of a file, pass pixels.tobytes()."
    if pixels.ndim == 4:
        steps, pixels = [*steps, "pixels = pixels[0]"], pixels[0]
    if pixels.ndim not in (2, 3):
        return "Give it a height and a width, with reshape(height, width, 3)."
    if pixels.ndim == 3 and pixels.shape[2] not in _DEPTHS:
        steps = [*steps, _channels_last(pixels.shape)]
    if pixels.dtype != np.uint8:
        return _range_advice(pixels, steps)
    several = " Read all of a batch with Reader.read_many." if "pixels[0]" in str(steps) else ""
    return f"Convert it: {'; '.join(steps)}.{several}"


def _channels_last(shape: tuple[int, ...]) -> str:
    """Write the step from an array of wrong depth to one whose last axis is the colours."""
    if shape[0] in _DEPTHS:
        return "pixels = numpy.moveaxis(pixels, 0, -1)"
    return "pixels = pixels[..., 0]" if shape[2] < 3 else "pixels = pixels[..., :3]"


def _range_advice(pixels: NDArray[np.generic], steps: list[str]) -> str:
    """Say how to bring values of another type to 0 to 255, from the range that they have."""
    if pixels.dtype.kind == "b":
        return f"Convert it: {'; '.join([*steps, 'pixels = pixels * numpy.uint8(255)'])}."
    numbers = pixels.astype(np.float64)
    finite = np.isfinite(numbers)
    if not finite.all():
        steps = [*steps, "pixels = numpy.nan_to_num(pixels, nan=0, posinf=0, neginf=0)"]
        numbers = np.where(finite, numbers, 0)
    low, high = float(numbers.min()), float(numbers.max())
    black, white = _range(low, high, pixels.dtype.kind == "f")
    last = f"numpy.interp(pixels, ({black:g}, {white:g}), (0, 255)).round().astype('uint8')"
    return (
        f"Its values are from {low:g} to {high:g}; if black is {black:g} and white {white:g},"
        f" convert it: {'; '.join([*steps, f'pixels = {last}'])}."
    )


def _range(low: float, high: float, fractions: bool) -> tuple[float, float]:
    """Guess the values of black and white."""
    if -1 <= low < 0 and high <= 1 and fractions:
        return -1, 1
    if low < 0:
        return low, max(high, low + 1)
    whites = _WHITES if fractions else _WHITES[1:]
    return 0, next((white for white in whites if high <= white), high)
