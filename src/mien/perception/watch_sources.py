"""From what a user calls a video to its frames: a clip, a camera, or pictures in turn."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.errors import PictureError, SettingsError
from mien.perception.conversion import advice, described
from mien.perception.detector import check_rgb
from mien.perception.pixels import source_name
from mien.video import Camera, VideoFrame, VideoReader

VideoSource: TypeAlias = str | Path | int | Iterable[NDArray[np.uint8]]
"""A video: path of a clip, number of a camera or ``"camera:0"``, or RGB pictures
``uint8 [H, W, 3]`` in turn."""

_CAMERA = re.compile(r"camera:(\d+)")


def camera_number(source: object) -> int | None:
    """Return the number of the camera that a source names, as ``"camera:0"`` or 0; or None."""
    if isinstance(source, str) and (name := _CAMERA.fullmatch(source)):
        return int(name[1])
    return source if isinstance(source, int) and not isinstance(source, bool) else None


def is_clip(source: object) -> bool:
    """Return whether a source is a file, which can be read twice."""
    return isinstance(source, str | Path) and camera_number(source) is None


def video_name(source: object) -> str:
    """Return what results call a video."""
    number = camera_number(source)
    if number is not None:
        return f"camera:{number}"
    return source_name(source) if isinstance(source, str | Path) else "<frames>"


@contextlib.contextmanager
def open_video(
    source: VideoSource,
    *,
    every: int = 1,
    fps: float | None = None,
    start: float | None = None,
    end: float | None = None,
    seconds: float | None = None,
    max_megapixels: float,
) -> Iterator[Iterable[VideoFrame]]:
    """Open a video for its frames, and free it at the end; see `Reader.watch`.

    Raises
    ------
    VideoError
        If a clip or camera cannot be read.
    SettingsError
        If an option is out of range, or does not fit the kind of source.
    """
    number = camera_number(source)
    if number is not None:
        with Camera(number, seconds=seconds) as camera:
            yield camera
    elif isinstance(source, str | Path):
        with VideoReader(
            source, start=start, end=end, every=every, fps=fps, max_megapixels=max_megapixels
        ) as reader:
            yield reader
    else:
        yield _frames(source, fps)


def _frames(pictures: object, fps: float | None) -> Generator[VideoFrame]:
    """Give pictures numbers and times."""
    if not isinstance(pictures, Iterable) or isinstance(pictures, bytes) or _is_one(pictures):
        raise SettingsError(
            "Expected a video: a path, the number of a camera, or RGB pictures in turn, got"
            f" {described(pictures)}.",
            "Use Reader.read for a single picture.",
            "source",
        )
    if fps is None or not 0 < fps < math.inf:
        raise SettingsError(
            "Pictures have no time of their own.", "Say how many a second they are: fps=30.", "fps"
        )
    for index, picture in enumerate(pictures):
        try:
            check_rgb(picture)
        except PictureError as error:
            problem = f"{error.problem[:-1]} as frame {index}."
            raise PictureError(problem, advice(picture)) from error
        yield VideoFrame(index, index / fps, picture)


def _is_one(pictures: object) -> bool:
    """Return whether this is a single picture, whose rows are no pictures."""
    return isinstance(pictures, np.ndarray) and pictures.ndim < 4
