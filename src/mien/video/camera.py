"""Reads a camera: the newest frame wins."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from types import TracebackType
from typing import Any, Self

from mien.errors import VideoError
from mien.video.frame import VideoFrame


class Camera:
    """Reads a camera; a reader that is slower than it gets the newest frame.

    A context manager: leaving it, or closing an iterator over it, frees the camera.

    Parameters
    ----------
    number
        Number of the camera, from 0.
    seconds
        How long to read, by the camera's clock; without end if None.

    Raises
    ------
    VideoError
        If there is no such camera, or it may not be opened.
    """

    def __init__(self, number: int, *, seconds: float | None = None) -> None:
        import cv2

        self.number = number
        self._seconds = seconds
        self._capture = cv2.VideoCapture(number)
        if not self._capture.isOpened():
            raise VideoError(f"There is no camera {number}.", "Connect one, or name another.")
        self.skipped = 0
        """Number of frames that the camera gave and that were not read."""
        self._newest: tuple[int, float, Any] | None = None
        self._ended = False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._read, name="camera", daemon=True)
        self._thread.start()

    @property
    def width(self) -> int:
        """Width of the frames, in pixels."""
        return int(self._capture.get(3))

    @property
    def height(self) -> int:
        """Height of the frames, in pixels."""
        return int(self._capture.get(4))

    def __iter__(self) -> Generator[VideoFrame]:
        """Yield the newest frame, and then each newer one.

        Raises
        ------
        VideoError
            If the camera gives no more frames.
        """
        last = -1
        try:
            while True:
                index, stamp, image = self._next()
                if self._seconds is not None and stamp >= self._seconds:
                    return
                self.skipped += index - last - 1
                last = index
                yield VideoFrame(index, stamp, image[..., ::-1].copy())
        finally:
            self.close()

    def close(self) -> None:
        """Free the camera; nothing more can be read."""
        self._ended = True
        self._thread.join()
        self._capture.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _next(self) -> tuple[int, float, Any]:
        with self._change:
            self._change.wait_for(lambda: self._newest is not None or self._ended)
            newest, self._newest = self._newest, None
        if newest is None:
            raise VideoError(
                f"Camera {self.number} gives no more frames.", "Check that it is connected."
            )
        return newest

    def _read(self) -> None:
        index, first = 0, None
        while not self._ended:
            there, image = self._capture.read()
            now = time.monotonic()
            with self._change:
                if there:
                    first = now if first is None else first
                    self._newest = index, now - first, image
                else:
                    self._ended = True
                self._change.notify_all()
            index += 1
