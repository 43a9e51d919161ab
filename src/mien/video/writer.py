"""Writes a clip: H.264 in MP4, with the sound of another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from mien import files
from mien.cores import usable_cores
from mien.errors import OutputError, VideoError, require
from mien.video.pixels import matrix_for
from mien.video.sound import Sound, open_sound

if TYPE_CHECKING:
    import av
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

_TICKS = 90_000  # a second, the usual clock of video

_ENCODING = {"preset": "veryfast", "crf": "20", "rc-lookahead": "5", "bf": "0", "g": "60"}
"""Options of x264, chosen on the clips of the benchmarks, and measured again on a drawn 1080p clip
of a portrait that moves over noise: 22 ms of a core a frame. Looking 10 frames ahead takes 40 MB
more and makes no smaller file; B-frames save 30% of it, for a third more time and 36 MB; the preset
superfast makes files eight times as large. A key frame every 60 frames lets players jump."""

_MOST_THREADS = 4
"""Each encodes a slice of a frame; a whole frame each would take more memory."""

_RATE = 30  # frames a second that the H.264 level is chosen for; stamps say what it is

_LIMITED = 1  # the range of values, of 16 to 235; AVCOL_RANGE_MPEG
_SRGB = 13  # AVCOL_TRC_IEC61966_2_1
_PRIMARIES = 1  # those of BT.709 and sRGB


class VideoWriter:
    """Writes frames with their time stamps as a clip: H.264 (yuv420p) in MP4.

    A context manager. The file appears under its name when the context is left without an
    exception, and not before; until then it has a temporary name in the same folder.

    Time 0 of the clip is `start`, or else the time stamp of the first frame. The distances
    between frames stay as they are, to 1/90,000 s, and the last frame is shown as long as the one
    before it. Sound before the first frame and after the last
    is left out.

    Parameters
    ----------
    path
        The clip, which is replaced if it exists; see `mien.outputs.check_outputs`.
    width, height
        Size of the frames, in pixels. An odd size is extended by repeating the last row or column.
    sound
        A clip whose sound is added; none if None or if it has no sound. It is copied where an MP4
        can hold it, and encoded as AAC otherwise.
    start, end
        The part of that clip, in seconds by its time stamps, that the frames are from.
    setting
        The setting that the path came from.
    comment
        Text to store in the file.

    Raises
    ------
    OutputError
        If the file cannot be written, then and later.
    MissingExtraError
        If PyAV is not installed.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        width: int,
        height: int,
        sound: Path | None = None,
        start: float | None = None,
        end: float | None = None,
        setting: str | None = None,
        comment: str = "",
    ) -> None:
        require("av", "video")
        from av.video.reformatter import VideoReformatter

        self.path = Path(path)
        self._size = (height, width, 3)
        self._start, self._end, self._setting = start, end, setting
        self._origin = self._last = 0.0
        self._ticks = -1  # of the last frame
        self._interval = 0.0
        self._reformatter = VideoReformatter()
        self._sound: Sound | None = None
        self._sound_problem: VideoError | None = None
        self._part = files.begin(self.path, setting=setting)
        self._is_open = True
        with self._guarded():
            self._container, self._stream = _open(self._part, width, height, comment)
            if sound is not None:
                self._open_sound(sound)

    @property
    def temporary(self) -> Path:
        """What the file is called until it is complete."""
        return self._part

    @property
    def problem(self) -> VideoError | None:
        """Why the sound is missing or ends early; None if it does not."""
        return self._sound_problem or (self._sound.problem if self._sound else None)

    def add(self, image: NDArray[np.uint8], time: float) -> None:
        """Add a frame.

        Parameters
        ----------
        image
            RGB, ``uint8 [height, width, 3]``.
        time
            Its time stamp in seconds. One that is not later than that of the frame before, as
            damaged clips have, counts as just after it.

        Raises
        ------
        OutputError
            If it cannot be written, has another size, or the clip was closed.
        """
        if not self._is_open:
            raise OutputError(f"Cannot write {self.path}: it was closed.", "", self._setting)
        if image.shape != self._size:
            raise OutputError(
                f"Expected frames of {self._size[1]} x {self._size[0]} pixels for {self.path}, got"
                f" an array of shape {image.shape}.",
                "All frames of a clip have one size.",
                self._setting,
            )
        with self._guarded():
            self._tell_time(time)
            self._container.mux(self._stream.encode(self._frame(image)))
            self._add_sound(time)

    def close(self) -> None:
        """Complete the clip and put it in its place.

        Raises
        ------
        OutputError
            If it cannot be written, or no frame was added.
        """
        if not self._is_open:
            return
        if self._ticks < 0:
            self.discard()
            raise OutputError(
                f"Cannot write {self.path}: no frame was added.", "", self._setting
            )
        with self._guarded():
            self._container.mux(self._last_packets())
            self._add_sound(self._last + self._interval)
            if self._sound is not None:
                self._sound.finish()
                self._sound.close()
            self._container.close()
            self._is_open = False
            files.finish(self._part, self.path, setting=self._setting)

    def discard(self) -> None:
        """Remove what was written; nothing appears under the clip's name."""
        self._is_open = False
        if self._sound is not None:
            self._sound.close()
        with contextlib.suppress(OSError):
            # Before closing, which would move the header to the beginning first.
            self._part.unlink(missing_ok=True)
        # Broad on purpose: whatever closing complains about, nothing of the file is to stay.
        with contextlib.suppress(Exception):
            self._container.close()
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """Remove the file if it cannot be written, and say why."""
        import av

        try:
            yield
        except (av.FFmpegError, OSError) as error:
            self.discard()
            reason = OSError(getattr(error, "errno", None), error.strerror or str(error))
            raise files.cannot_write(self.path, reason, setting=self._setting) from error
        except BaseException:
            self.discard()
            raise

    def _tell_time(self, time: float) -> None:
        """Take note of the time of a frame, and turn it into ticks."""
        if self._ticks < 0:
            self._origin = time if self._start is None else min(self._start, time)
        else:
            self._interval = max(0.0, time - self._last)
        self._last = time
        self._ticks = max(self._ticks + 1, round((time - self._origin) * _TICKS))

    def _frame(self, image: NDArray[np.uint8]) -> av.VideoFrame:
        """Convert a frame to what the encoder takes."""
        import av

        height, width = image.shape[:2]
        if height % 2 or width % 2:
            image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
        frame = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(image), "rgb24")
        matrix = matrix_for(width, height)
        converted = self._reformatter.reformat(
            frame,
            format="yuv420p",
            src_colorspace=matrix,
            dst_colorspace=matrix,
            dst_color_range=_LIMITED,
            threads=1,
        )
        converted.pts, converted.time_base = self._ticks, Fraction(1, _TICKS)
        return converted

    def _last_packets(self) -> list[Packet[VideoStream]]:
        """Return what the encoder still holds; the last frame is shown as long as that before."""
        packets = self._stream.encode(None)
        if packets and self._interval:
            packets[-1].duration = round(self._interval * _TICKS)
        return packets

    def _open_sound(self, sound: Path) -> None:
        try:
            self._sound = open_sound(sound, self._container)
        except VideoError as error:
            self._sound_problem = error

    def _add_sound(self, time: float) -> None:
        if self._sound is not None:
            end = time if self._end is None else min(time, self._end)
            self._sound.add_until(end, self._origin)


def _open(part: Path, width: int, height: int, comment: str) -> tuple[OutputContainer, VideoStream]:
    """Open a file for a clip of a size, and make its stream of video."""
    import av

    container = av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"})
    if comment:
        container.metadata["comment"] = comment
    stream = container.add_stream("libx264", rate=_RATE, options=_ENCODING)
    stream.width, stream.height = width + width % 2, height + height % 2
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = Fraction(1, _TICKS)
    context.thread_type = "SLICE"
    context.thread_count = min(usable_cores(), _MOST_THREADS)
    context.colorspace = matrix_for(width, height)
    context.color_range, context.color_trc, context.color_primaries = _LIMITED, _SRGB, _PRIMARIES
    return container, stream
