"""Reads a clip frame by frame."""

from __future__ import annotations

import math
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mien.errors import VideoError
from mien.video.container import SAVE_AGAIN
from mien.video.decoder import Decoded, Decoder
from mien.video.frame import VideoFrame
from mien.video.pixels import Converter
from mien.video.selection import Selection

if TYPE_CHECKING:
    import av
    import numpy as np
    from numpy.typing import NDArray

MAX_MEGAPIXELS = 64.0
"""Clips with larger frames are refused unless asked for, as pictures are."""

_MICROSECONDS = 1e6  # in which containers state their duration


class VideoReader:
    """Reads the frames of a clip once, in the order in which they are shown.

    A context manager: leaving it, or closing an iterator over it, frees the file and the decoder's
    threads, of which there is one for each processor that this process may use, up to 8. Frames
    that are not wanted are decoded, since others depend on them, but not converted to RGB.

    Frames are turned upright as the clip's display matrix says, with square pixels, and all have
    the size of the first. Interlaced ones keep both fields. High dynamic range is not mapped to
    the standard one.

    Parameters
    ----------
    path
        A clip in any format that FFmpeg reads, or an animated GIF.
    start, end
        The time stamps, in seconds, between which frames are read: from `start` on, and before
        `end`. All if None. Where the container allows it (H.264, HEVC, AV1, VP9, ProRes and
        motion JPEG in MP4, MOV, MKV or WebM), what is before `start` is not decoded: frames are
        counted by packets, up to the last key frame before it. Otherwise they are decoded and
        counted, which takes longer.
    every
        Of the frames of the clip, only those are read whose number is a multiple of it.
    fps
        At most so many frames a second are read: of those that `every` leaves, the first at or
        after each multiple of ``1 / fps`` seconds.
    max_megapixels
        Clips with more million pixels a frame are refused.

    Raises
    ------
    VideoError
        If the file cannot be opened, has no video that can be decoded, or is over the limit.
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
        self._selection = Selection(start, end, every, fps)
        self.path = Path(path)
        self.problem: VideoError | None = None
        """Once all frames were read: why some may be missing or damaged; None if none are."""
        self._lock = threading.RLock()
        self._decoder = Decoder(self.path, math.ceil(max_megapixels * 1e6))
        try:
            stream = self._decoder.stream
            self._check_size(stream.width, stream.height, max_megapixels)
            self._frames: Iterator[Decoded] = self._decoder.frames()
            self._first: Decoded | None = self._decode_first()
            self._converter = Converter(self._first[2], stream.sample_aspect_ratio)
            self._check_size(*self._converter.size, max_megapixels)
            self._describe()
        except BaseException:
            self.close()
            raise

    @property
    def rotation(self) -> int:
        """Degrees by which frames are turned counterclockwise to be upright: 0, 90, 180, 270."""
        return self._converter.rotation

    @property
    def width(self) -> int:
        """Width of the upright frames, in pixels."""
        return self._converter.size[0]

    @property
    def height(self) -> int:
        """Height of the upright frames, in pixels."""
        return self._converter.size[1]

    def __iter__(self) -> Generator[VideoFrame]:
        """Yield the frames; a reader is read once.

        Raises
        ------
        VideoError
            If the reader was closed, or read before.
        """
        frames = self._chosen()
        try:
            while (frame := self._next_of(frames)) is not None:
                yield frame
        finally:
            self.close()

    def close(self) -> None:
        """Free the file; nothing more can be read. Another thread may be reading."""
        with self._lock:
            self._closed = True
            self._frames = iter(())
            self._first = None
            self._decoder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _next_of(self, frames: Generator[VideoFrame]) -> VideoFrame | None:
        # FFmpeg would crash if the file were closed while it reads it.
        with self._lock:
            if self._closed:
                raise VideoError(f"{self.path} was closed, or read before.", "Open it again.")
            return next(frames, None)

    def _chosen(self) -> Generator[VideoFrame]:
        """Yield the frames that are selected; note what is missing once there are no more."""
        selection = self._selection
        before, ended = -math.inf, True
        for index, time, frame in self._decoded():
            if selection.is_late(time):
                ended = False
                break
            if not selection.counts(index):
                continue
            if selection.takes(time, before):
                image = self._converted(frame)
                if image is None:
                    continue
                yield VideoFrame(index, time, image)
            before = time
        self.problem = self._decoder.problem(ended=ended)

    def _converted(self, frame: av.VideoFrame) -> NDArray[np.uint8] | None:
        """Convert a frame; None for one that a damaged header describes wrong."""
        import av

        try:
            return self._converter.convert(frame)
        except av.FFmpegError:
            self._decoder.damaged += 1
            return None

    def _decoded(self) -> Generator[Decoded]:
        start, first, self._first = self._selection.start, self._first, None
        assert first is not None
        if start is not None and not self._decoder.near(start, first[1]):
            self._frames = self._decoder.frames_from(start, self._selection.lead)
        else:
            yield first
        yield from self._frames

    def _decode_first(self) -> Decoded:
        """Return the first frame that can be decoded."""
        first = next(self._frames, None)
        if first is None:
            raise VideoError(f"{self.path} has no frame that can be decoded.", SAVE_AGAIN)
        return first

    def _describe(self) -> None:
        """Keep what the header says, which cannot be asked for once the file is closed."""
        container, stream = self._decoder.container, self._decoder.stream
        duration, rate = container.duration, stream.average_rate
        self.duration: float | None = None if duration is None else duration / _MICROSECONDS
        """Length of the whole clip in seconds, by its header; None if it does not say."""
        self.count: int | None = self._decoder.stated_count
        """Number of frames of the whole clip, by its header; None if it does not say."""
        self.rate: float | None = float(rate) if rate else None
        """Mean number of frames a second, by the header; None if it does not say."""
        self.has_sound: bool = bool(container.streams.audio)
        """Whether the clip has a sound stream."""
        self._closed = False

    def _check_size(self, width: int, height: int, max_megapixels: float) -> None:
        megapixels = width * height / 1e6
        if megapixels > max_megapixels:
            raise VideoError(
                f"{self.path} has {width} x {height} = {megapixels:.1f} megapixels a frame, over"
                f" the limit of {max_megapixels:g}.",
                f"Shrink it, or allow it with max_megapixels={int(megapixels) + 1}.",
                "max_megapixels",
            )
