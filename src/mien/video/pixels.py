"""Converts decoded frames to upright RGB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import av

_BT709 = 1  # numbers of matrices in ITU-T H.273, table 4
_UNSPECIFIED = 2
_BT601 = 5

_STANDARD_DEFINITION = (1279, 576)
"""Largest width and height at which a clip without a stated matrix is taken for BT.601, as video
players do."""


def to_rgb(frame: av.VideoFrame, rotation: int) -> NDArray[np.uint8]:
    """Convert a decoded frame to RGB, ``uint8 [H, W, 3]``, upright.

    Parameters
    ----------
    frame
        A frame in any pixel format. Transparency is left out. The matrix (BT.601, BT.709,
        BT.2020) and the range of values are those that the clip states.
    rotation
        Degrees, a multiple of 90, by which the frame is to be turned counterclockwise.
    """
    matrix = _matrix_of(frame)
    pixels: NDArray[np.uint8] = frame.to_ndarray(  # type: ignore[assignment]
        format="rgb24", src_colorspace=matrix, dst_colorspace=matrix, threads=1
    )
    return np.ascontiguousarray(np.rot90(pixels, rotation // 90)) if rotation else pixels


def _matrix_of(frame: av.VideoFrame) -> int:
    """Return the number of the matrix from YCbCr to RGB that a frame is stored with."""
    if frame.colorspace != _UNSPECIFIED:
        return frame.colorspace
    width, height = _STANDARD_DEFINITION
    return _BT601 if frame.width <= width and frame.height <= height else _BT709
