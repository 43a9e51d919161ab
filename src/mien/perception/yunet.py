"""Runs YuNet, the network that finds faces."""

from __future__ import annotations

import threading

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.models.runtime import open_session
from mien.perception.yunet_graph import OUTPUTS, STRIDES, read_graph

OVERLAP = 0.3
"""Of two boxes with a larger intersection over union, the one with the lower score is dropped."""

FAINT = 0.15
"""Rows with a lower score are not returned."""

_FAINT_LOGIT = -3.8
"""With a lower logit of class or objectness no row has the score `FAINT`, the geometric mean of the
two: their product would be under its square, .0225, and the logit of that is -3.77."""

_CANDIDATES = 5000
"""At most this many rows, the best, go through non-maximum suppression."""


class Yunet:
    """YuNet (Wu, Peng and Yu 2023); may be shared between threads.

    ONNX Runtime runs it, which is faster than OpenCV, with the same rows as
    ``cv2.FaceDetectorYN``.

    Parameters
    ----------
    threads
        As in `FaceFinder`.

    Raises
    ------
    NetError
        If YuNet's file is not installed, or is damaged.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._session = open_session(read_graph(), threads, many_sizes=True)
        self._memory = threading.local()

    def rows(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the faces of a picture as it is.

        Parameters
        ----------
        image
            RGB, ``uint8 [H, W, 3]``.

        Returns
        -------
        numpy.ndarray
            ``float32 [N, 15]``, by decreasing score: left, top, width and height in pixels, x and
            y of five landmarks, score from `FAINT` to 1.
        """
        pixels = self._pixels(image)
        answers = self._session.run(OUTPUTS, {"input": pixels})
        return _distinct(np.concatenate(list(map(_decoded, answers, STRIDES))))

    def _pixels(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return a picture as the network takes it, in memory that the thread uses again.

        In new memory, a picture of 1080p took 20 ms: the system first has to give each page of it.

        Returns
        -------
        numpy.ndarray
            BGR, ``float32 [1, 3, H, W]``, 0 to 255; height and width are multiples of the largest
            squares, and what is added at the right and below is black.
        """
        height, width = image.shape[:2]
        shape = (1, 3, *(-(-side // STRIDES[-1]) * STRIDES[-1] for side in (height, width)))
        memory = getattr(self._memory, "floats", None)
        if memory is None or memory.size < np.prod(shape):
            memory = self._memory.floats = np.empty(np.prod(shape), np.float32)
        pixels: NDArray[np.float32] = memory[: np.prod(shape)].reshape(shape)
        pixels[..., height:, :] = 0
        pixels[..., width:] = 0
        for channel in range(3):
            pixels[0, channel, :height, :width] = image[..., 2 - channel]
        return pixels


def _decoded(answers: NDArray[np.float32], stride: int) -> NDArray[np.float32]:
    """Turn the answers for the squares of one size into rows, ``float32 [N, 15]``.

    A box's middle and the landmarks are relative to the square's top left corner, in squares; width
    and height are logarithms of squares. The score is the geometric mean of class and objectness.
    """
    columns = answers.shape[3]
    numbers = answers.reshape(answers.shape[1], -1)
    places = np.flatnonzero(np.minimum(numbers[0], numbers[1]) >= _FAINT_LOGIT)
    if not places.size:
        return _NO_ROWS
    numbers = numbers[:, places]
    scores = np.sqrt((1 / (1 + np.exp(-numbers[:2]))).prod(axis=0))
    corners = np.stack([places % columns, places // columns]).astype(np.float32)
    middles, sizes = corners + numbers[2:4], np.exp(numbers[4:6])
    points = numbers[6:] + np.tile(corners, (5, 1))
    squares = np.concatenate([middles - sizes / 2, sizes, points])
    rows = np.concatenate([squares * stride, scores[None]]).T
    return np.asarray(rows[scores >= FAINT], np.float32)


_NO_ROWS = np.zeros((0, 15), np.float32)


def _distinct(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Suppress overlapping rows; boxes are compared in whole pixels, as in OpenCV."""
    boxes = rows[:, :4].astype(np.int32).tolist()
    kept = cv2.dnn.NMSBoxes(boxes, rows[:, 14].tolist(), FAINT, OVERLAP, top_k=_CANDIDATES)
    return rows[np.asarray(kept, dtype=np.intp).reshape(-1)]
