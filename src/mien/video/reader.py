"""Reads a clip frame by frame."""

from __future__ import annotations

import math
from collections.abc import Generator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mien.cores import usable_cores
from mien.errors import SettingsError, VideoError
from mien.video.container import SAVE_AGAIN, open_clip
from mien.video.frame import VideoFrame
from mien.video.pixels import to_rgb

if TYPE_CHECKING:
    import av

MAX_MEGAPIXELS = 64.0
"""Clips with larger frames are refused unless asked for, as pictures are."""

_MICROSECONDS = 1e6  # in which containers state their duration


class VideoReader:
    """Reads the frames of a clip, in the order in which they are shown.

    A context manager: leaving it, or closing an iterator over it, frees the file.

    Parameters
    ----------
    path
        A clip in any format that FFmpeg reads, or an animated GIF.
    start, end
        The time stamps, in seconds, between which frames are read: from `start` on, and before
        `end`. All if None.
    every
        Of the frames of the clip, only every so-manieth is read, from its first.
    fps
        At most so many frames a second are read: the first at or after each multiple of
        ``1 / fps``.
    max_megapixels
        Clips with more million pixels a frame are refused.

    Raises
    ------
    VideoError
        If the file cannot be opened, has no video, or is over the limit.
    SettingsError
        If `start`, `end`, `every` or `fps` is out of range.
    MissingExtraError
        If PyAV is not installed.

    Examples
    --------
    >>> with VideoReader("clip.mp4", every=5) as reader:
    ...     for frame in reader:
    ...         print(frame.index, frame.time, frame.image.shape)
    """

    def __init__(
        self,
        path: str | Path,
        *,
        start: float | None = None,
        end: float | None = None,
        every: int = 1,
        fps: float | None = None,
        max_megapixels: float = MAX_MEGAPIXELS,
    ) -> None:
        check_selection(start=start, end=end, every=every, fps=fps)
        self.path = Path(path)
        self._start, self._end, self._every, self._fps = start, end, every, fps
        self._container, self._stream = open_clip(self.path)
        self._stream.thread_type = "AUTO"
        self._stream.thread_count = usable_cores()
        self.problem: VideoError | None = None
        """Once all frames were read: why there are fewer of them than there should be; or None."""
        self._first = self._decode_first()
        self._check_size(max_megapixels)

    @property
    def rotation(self) -> int:
        """Degrees by which frames are turned counterclockwise to be upright: 0, 90, 180, 270."""
        return 0 if self._first is None else round(self._first.rotation / 90) * 90 % 360

    @property
    def width(self) -> int:
        """Width of the upright frames, in pixels."""
        return self._size[self.rotation % 180 != 0]

    @property
    def height(self) -> int:
        """Height of the upright frames, in pixels."""
        return self._size[self.rotation % 180 == 0]

    @property
    def duration(self) -> float | None:
        """Length of the whole clip in seconds, by its header; None if it does not say."""
        duration = self._container.duration
        return None if duration is None else duration / _MICROSECONDS

    @property
    def count(self) -> int | None:
        """Number of frames of the whole clip, by its header; None if it does not say."""
        return self._stream.frames or None

    @property
    def rate(self) -> float | None:
        """Mean number of frames a second, by the header; None if it does not say."""
        rate = self._stream.average_rate
        return None if rate is None else float(rate)

    @property
    def has_sound(self) -> bool:
        """Whether the clip has a sound stream."""
        return bool(self._container.streams.audio)

    def __iter__(self) -> Generator[VideoFrame]:
        """Yield the frames from the beginning; a reader is read once.

        Raises
        ------
        VideoError
            If not a single frame can be decoded.
        """
        index = -1
        cell = -math.inf
        try:
            for frame in self._decoded():
                index += 1
                time = float(frame.time)
                if self._end is not None and time >= self._end:
                    break
                last, cell = cell, self._cell(time)
                early = self._start is not None and time < self._start
                if early or index % self._every or (self._fps and cell <= last):
                    continue
                yield VideoFrame(index, time, to_rgb(frame, self.rotation))
            else:
                self.problem = self._missing(index + 1)
        finally:
            self.close()

    def close(self) -> None:
        """Free the file; nothing more can be read."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _size(self) -> tuple[int, int]:
        return self._stream.width, self._stream.height

    def _cell(self, time: float) -> float:
        """Return the number of the last multiple of ``1 / fps`` at or before a time."""
        return 0.0 if self._fps is None else math.floor(time * self._fps + 1e-6)

    def _decode_first(self) -> av.VideoFrame:
        self._packets = self._container.decode(self._stream)
        try:
            return next(self._packets)
        except (StopIteration, OSError, ValueError) as error:
            self.close()
            raise VideoError(
                f"{self.path} has no frame that can be decoded.", SAVE_AGAIN
            ) from error

    def _decoded(self) -> Generator[av.VideoFrame]:
        import av

        yield self._first
        try:
            yield from self._packets
        except av.FFmpegError as error:
            self.problem = VideoError(f"{self.path} is damaged: {error.strerror}.", SAVE_AGAIN)

    def _missing(self, number: int) -> VideoError | None:
        """Return what to say if there were fewer frames than the header says."""
        if self.problem is None and self.count is not None and number < self.count:
            return VideoError(
                f"{self.path} has {self.count:,} frames by its header, but only {number:,} could"
                " be decoded.",
                SAVE_AGAIN,
            )
        return self.problem

    def _check_size(self, max_megapixels: float) -> None:
        width, height = self._size
        megapixels = width * height / 1e6
        if megapixels > max_megapixels:
            self.close()
            raise VideoError(
                f"{self.path} has {width} x {height} = {megapixels:.1f} megapixels a frame, over"
                f" the limit of {max_megapixels:g}.",
                f"Shrink it, or allow it with max_megapixels={int(megapixels) + 1}.",
                "max_megapixels",
            )


def check_selection(
    *, start: float | None, end: float | None, every: int, fps: float | None
) -> None:
    """Refuse a selection of frames that is out of range.

    Raises
    ------
    SettingsError
        If one of the values is.
    """
    if every < 1:
        raise SettingsError(
            f"Expected every to be 1 or more, but got {every}.", "1 reads every frame.", "every"
        )
    if fps is not None and not (0 < fps < math.inf):
        raise SettingsError(
            f"Expected fps to be above 0, but got {fps:g}.", "Leave it out for all frames.", "fps"
        )
    for name, value in (("start", start), ("end", end)):
        if value is not None and not math.isfinite(value):
            raise SettingsError(
                f"Expected {name} to be a number of seconds, but got {value:g}.", "", name
            )
    if start is not None and end is not None and end <= start:
        raise SettingsError(
            f"Expected end to be after start, but got {start:g} and {end:g}.",
            "Both are in seconds from the beginning of the clip.",
            "end",
        )
