"""Converts decoded frames to upright RGB."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import av

_BT709 = 1  # numbers of matrices in ITU-T H.273, table 4
_UNSPECIFIED = 2
_BT601 = 5
_MATRICES = frozenset({0, _BT709, 4, _BT601, 6, 7, 9})
"""Those that swscale converts from; 0 is RGB itself."""

_STANDARD_DEFINITION = (1279, 576)
"""Largest width and height at which a clip without a stated matrix is taken for BT.601, as video
players do."""

_MATRIX_BYTES = 36

_FORMATS = {3: "rgb24", 4: "rgba"}  # by the number of channels

_STRETCHED = (1.02, 4.0)
"""Pixels that are so much wider than high, or higher than wide, are made square. Less comes from
rounding, and more from a damaged header."""


class Converter:
    """Converts the frames of a clip to RGB, upright, with square pixels, all of one size.

    Parameters
    ----------
    first
        The clip's first frame, whose display matrix and size hold for all. Phones store a frame
        as the sensor sees it and say how it is to be turned or mirrored.
    aspect
        Width of a pixel by its height, as the header says; None if it does not say.
    """

    def __init__(self, first: av.VideoFrame, aspect: Fraction | None) -> None:
        from av.video.reformatter import VideoReformatter

        self._reformatter = VideoReformatter()
        self._matrix = display_matrix(first)
        self._stored = _square(first.width, first.height, aspect)
        self.rotation = round(first.rotation / 90) * 90 % 360
        """Degrees by which frames are turned counterclockwise: 0, 90, 180 or 270."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the converted frames, in pixels."""
        width, height = self._stored
        return (height, width) if self._matrix[0] == 0 else (width, height)

    def convert(self, frame: av.VideoFrame) -> NDArray[np.uint8]:
        """Convert a frame in any pixel format to RGB, ``uint8 [H, W, 3]``.

        The matrix (BT.601, BT.709, BT.2020) and the range of values are those that the clip
        states. Transparent pixels are blended with white, as those of photos are.
        """
        has_alpha = any(component.is_alpha for component in frame.format.components)
        pixels = _on_white(self._pixels(frame, 4)) if has_alpha else self._pixels(frame, 3)
        return np.ascontiguousarray(upright(pixels, self._matrix))

    def _pixels(self, frame: av.VideoFrame, channels: int) -> NDArray[np.uint8]:
        """Return a frame's pixels as RGB or RGBA, without copying them."""
        stated = frame.colorspace in _MATRICES
        matrix = frame.colorspace if stated else matrix_for(frame.width, frame.height)
        width, height = self._stored
        # The frame's own thread is enough: sharing out one frame took longer on two processors.
        converted = self._reformatter.reformat(
            frame,
            width=width,
            height=height,
            format=_FORMATS[channels],
            src_colorspace=matrix,
            dst_colorspace=matrix,
            threads=1,
        )
        plane = converted.planes[0]
        values = np.frombuffer(memoryview(plane), np.uint8)
        lines = values.reshape(height, plane.line_size)
        return lines[:, : width * channels].reshape(height, width, channels)


def display_matrix(frame: av.VideoFrame) -> tuple[int, int, int, int]:
    """Return how a frame is to be turned and mirrored for display.

    Returns
    -------
    tuple
        a, b, c and d, each -1, 0 or 1, by which a pixel (x, y) comes to (ax + cy, bx + dy), up to
        a shift (ISO/IEC 14496-12, 8.2.2.3). A turn by another angle is rounded to a quarter.
    """
    data = frame.side_data.get("DISPLAYMATRIX")
    values = b"" if data is None else bytes(data)  # type: ignore[call-overload]
    if len(values) < _MATRIX_BYTES:
        return 1, 0, 0, 1
    a, b, _, c, d = np.frombuffer(values, "<i4", 5).tolist()
    if a * d == b * c:
        return 1, 0, 0, 1
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return _sign(a), 0, 0, _sign(d)
    return 0, _sign(b), _sign(c), 0


def upright(
    pixels: NDArray[np.uint8], matrix: tuple[int, int, int, int]
) -> NDArray[np.uint8]:
    """Turn and mirror pixels ``uint8 [H, W, C]`` as a display matrix says."""
    a, b, c, d = matrix
    turned: cv2.typing.MatLike = pixels
    if a == 0:
        turned = cv2.transpose(turned)
        a, d = c, b
    # 0 turns upside down, 1 mirrors, -1 does both.
    flip = {(1, -1): 0, (-1, 1): 1, (-1, -1): -1}.get((a, d))
    if flip is not None:
        turned = cv2.flip(turned, flip)
    return turned  # type: ignore[return-value]


def _sign(value: int) -> int:
    return 1 if value > 0 else -1


def _square(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """Return the size at which pixels are square; a side only grows."""
    least, most = _STRETCHED
    if aspect is None or aspect <= 0 or not least <= max(aspect, 1 / aspect) <= most:
        return width, height
    if aspect > 1:
        return round(width * aspect), height
    return width, round(height / aspect)


def matrix_for(width: int, height: int) -> int:
    """Return the number of the matrix that a clip of a size has if it states none."""
    most_wide, most_high = _STANDARD_DEFINITION
    return _BT601 if width <= most_wide and height <= most_high else _BT709


def _on_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Blend RGBA with white; RGB of the same size is returned."""
    colours, alpha = pixels[..., :3], pixels[..., 3:]
    if alpha.min() == 255:
        return np.ascontiguousarray(colours)
    parts = alpha.astype(np.uint16)
    blended = (colours * parts + 255 * (255 - parts) + 127) // 255
    return blended.astype(np.uint8)
