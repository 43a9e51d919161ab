"""Reads a camera: the newest frame wins."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.errors import VideoError
from mien.video.frame import VideoFrame

_PATIENCE = 10.0  # seconds without a frame, after which a camera counts as unplugged

_DEVICES = Path("/dev")  # where Linux has its cameras

_CHECK = "Check that it is connected and that no other program uses it."


class Capture(Protocol):
    """What `Camera` needs of OpenCV's ``VideoCapture``."""

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Return whether there is a camera."""

    def read(self) -> tuple[bool, Any]:
        """Wait for a frame: whether there is one, and its pixels, BGR ``uint8 [H, W, 3]``."""

    def release(self) -> None:
        """Free the camera."""


class Camera:
    """Reads a camera; a reader that is slower than it gets the newest frame.

    A context manager: leaving it, or closing an iterator over it, frees the camera. A thread of
    its own takes every frame as it comes, and keeps only the last.

    Parameters
    ----------
    number
        Number of the camera, from 0: that of ``/dev/video0`` and so on on Linux.
    seconds
        How long to read, from the first frame; without end if None.
    open_capture
        Opens the camera with that number; with OpenCV if left out. Tests give one of their own.

    Raises
    ------
    VideoError
        If there is no such camera, it may not be opened, or it gives no frame.
    """

    def __init__(
        self,
        number: int,
        *,
        seconds: float | None = None,
        open_capture: Callable[[int], Capture] | None = None,
    ) -> None:
        self.number = number
        self._seconds = seconds
        self._capture = (open_capture or _open)(number)
        if not self._capture.isOpened():
            self._capture.release()
            raise _no_camera(number)
        self.skipped = 0
        """Number of frames that the camera gave and that were not read so far."""
        self._newest: tuple[int, float, NDArray[np.uint8]] | None = None
        self._lost = self._closed = False
        self._change = threading.Condition()
        self._thread = threading.Thread(
            target=self._read, name=f"mien-camera-{number}", daemon=True
        )
        self._thread.start()
        self._measure()

    def __iter__(self) -> Generator[VideoFrame]:
        """Yield the newest frame, then wait for newer ones.

        Raises
        ------
        VideoError
            If the camera gives no more frames, after those so far; or was closed before.
        """
        last = -1
        try:
            while True:
                index, stamp, image = self._next()
                if self._seconds is not None and stamp >= self._seconds:
                    return
                self.skipped += index - last - 1
                last = index
                yield VideoFrame(index, stamp, _to_rgb(image))
        finally:
            self.close()

    def close(self) -> None:
        """Free the camera; nothing more can be read."""
        with self._change:
            self._closed = True
            self._newest = None
            self._change.notify_all()
        # A driver that hangs keeps its thread, but not the program.
        self._thread.join(_PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _measure(self) -> None:
        """Take the size of the first frame, since what drivers say of it is often wrong."""
        with self._change:
            self._wait()
            if self._newest is not None:
                height, width = self._newest[2].shape[:2]
                self.width: int = width
                """Width of the frames, in pixels."""
                self.height: int = height
                """Height of the frames, in pixels."""
                return
        self.close()
        raise VideoError(f"Camera {self.number} gives no frames.", _CHECK)

    def _next(self) -> tuple[int, float, NDArray[np.uint8]]:
        with self._change:
            self._wait()
            newest, self._newest = self._newest, None
            closed = self._closed
        if closed:
            raise VideoError(f"Camera {self.number} was closed.", "Open it again.")
        if newest is not None:
            return newest
        raise VideoError(f"Camera {self.number} gives no more frames.", _CHECK)

    def _wait(self) -> None:
        """Wait until there is a frame that was not read, or can be none."""
        self._change.wait_for(
            lambda: self._newest is not None or self._lost or self._closed, _PATIENCE
        )

    def _read(self) -> None:
        """Take every frame as it comes; run by a thread, which also frees the camera."""
        index, first = 0, 0.0
        try:
            while not self._closed:
                there, image = self._capture.read()
                now = time.monotonic()
                if not there or image is None:
                    break
                first = now if index == 0 else first
                with self._change:
                    self._newest = index, now - first, image
                    self._change.notify_all()
                index += 1
        finally:
            self._capture.release()
            with self._change:
                self._lost = True
                self._change.notify_all()


def _to_rgb(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn what OpenCV gives, BGR or gray, into RGB ``uint8 [H, W, 3]``."""
    code = cv2.COLOR_GRAY2RGB if image.ndim == 2 else cv2.COLOR_BGR2RGB
    return cv2.cvtColor(image, code)  # type: ignore[return-value]


class _QuietCapture:
    """A camera that OpenCV opens, without its warnings on the terminal."""

    def __init__(self, number: int) -> None:
        self._level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        self._capture = cv2.VideoCapture(number)

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self._capture.isOpened()

    def read(self) -> tuple[bool, Any]:
        return self._capture.read()

    def release(self) -> None:
        self._capture.release()
        cv2.utils.logging.setLogLevel(self._level)


def _open(number: int) -> Capture:
    """Open a camera with OpenCV.

    Raises
    ------
    VideoError
        If Linux does not have it, or this user may not open it.
    """
    device = _DEVICES / f"video{number}"
    if sys.platform == "linux" and not device.exists():
        raise _no_camera(number)
    if sys.platform == "linux" and not os.access(device, os.R_OK | os.W_OK):
        raise VideoError(
            f"Camera {number} may not be opened: permission to use {device} is denied.",
            "Add this user to the group of that file, which is mostly called video.",
        )
    return _QuietCapture(number)


def _no_camera(number: int) -> VideoError:
    names = [path.name.removeprefix("video") for path in _DEVICES.glob("video*")]
    numbers = sorted(int(name) for name in names if name.isdecimal())
    there = "no camera is there"
    if numbers:
        there = f"the cameras there are: {', '.join(map(str, numbers))}"
    return VideoError(
        f"There is no camera {number} that can be opened; {there}.",
        "Connect one, or name another by its number.",
    )
