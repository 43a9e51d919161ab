"""Decodes the frames of a clip, as far as they can be decoded."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mien.cores import usable_cores
from mien.errors import VideoError
from mien.video.container import SAVE_AGAIN, open_clip
from mien.video.seeking import key_frames
from mien.video.stamps import Stamps
from mien.words import counted

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

Decoded = tuple[int, float, "av.VideoFrame"]
"""A frame's number in the clip, its time in seconds, and the frame."""

_MOST_THREADS = 8
"""More threads keep more frames in memory, and decoding is not what takes most of the time."""

_MOST_ERRORS = 100  # in reading a container, without a packet in between, after which it ends

_GIF_END = 8  # bytes; some programs add a few after the end

_SEEKING_PAYS = 2.0  # seconds to be left out, from which on a clip is not decoded from its start


class Decoder:
    """Decodes a clip's frames in the order in which they are shown; goes on after damage.

    Parameters
    ----------
    path
        The clip.
    max_pixels
        Larger frames are not decoded.

    Raises
    ------
    VideoError
        If it cannot be opened.
    MissingExtraError
        If PyAV is not installed.
    """

    def __init__(self, path: Path, max_pixels: int) -> None:
        self.path = path
        self._max_pixels = max_pixels
        self._open()

    @property
    def stated_count(self) -> int | None:
        """Number of frames by the header, without those that an edit list leaves out."""
        stream = self.stream
        return stream.frames - sum(entry.is_discard for entry in stream.index_entries) or None

    def frames(self) -> Generator[Decoded]:
        """Yield all frames, from the first."""
        yield from self._numbered(self._decoded(self._packets()), 0)

    def near(self, start: float, first: float) -> bool:
        """Return whether a time is so early that all frames may as well be decoded.

        Parameters
        ----------
        start, first
            Where to begin, and the time of the first frame, in seconds.
        """
        return start - first < _SEEKING_PAYS

    def frames_from(self, start: float, lead: int) -> Generator[Decoded]:
        """Yield the frames from a key frame before a time on, or all if there is none.

        All are decoded, too, if their numbers cannot be known otherwise.

        Parameters
        ----------
        start
            The time, in seconds.
        lead
            How many frames before it must be among them.
        """
        yield from self._seek(start, lead) or self._restart()

    def problem(self, *, ended: bool) -> VideoError | None:
        """Return what is wrong with the clip; None if nothing is.

        Parameters
        ----------
        ended
            Whether all frames were decoded, so that they should be as many as the header says.
        """
        if ended and (what := self._lack()):
            return VideoError(f"{self.path} is cut off or damaged: {what}.", SAVE_AGAIN)
        if self.damaged:
            return VideoError(
                f"{self.path} is damaged: {counted(self.damaged, 'part')} of it could not be"
                " decoded without errors.",
                SAVE_AGAIN,
            )
        return None

    def _lack(self) -> str:
        """Say what the header promises that is not there; empty if nothing is."""
        if self.container.format.name == "gif" and not _has_trailer(self.path):
            return "the end of the animation is missing"
        stated, last, length = self.stream.frames, self.stamps.last, self._length
        interval = self.stamps.interval
        if stated and self.packets < stated:
            # Where nothing was recorded for a moment, AVI counts a frame that does not exist.
            if last is not None and length is not None and last > length - 2 * interval:
                return ""
            number = f"{self.packets:,}"
            return f"it has {stated:,} frames by its header, but only {number} could be read"
        if stated or last is None or length is None or last + self._shown > length - interval:
            return ""
        return f"it lasts {length:.2f} s by its header, but its last frame is at {last:.2f} s"

    def close(self) -> None:
        """Free the file and the threads, which end with the last reference to the stream."""
        self.container.close()
        vars(self).pop("stream", None)

    def _open(self) -> None:
        self.container, self.stream = open_clip(self.path, self._max_pixels)
        context = self.stream.codec_context
        context.thread_type = "AUTO"
        context.thread_count = min(usable_cores(), _MOST_THREADS)
        context.options = {"max_pixels": str(self._max_pixels)}
        rate = self.stream.average_rate
        is_avi = self.container.format.name == "avi"
        self.stamps = Stamps(float(rate) if rate else None, only_decoded=is_avi)
        self._length = stated_length(self.container, self.stream)
        self._shown = 0.0  # seconds for which the last frame is shown, if its packet says
        self.packets = 0
        """Packets that were read."""
        self.damaged = 0
        """Packets that could not be decoded, and frames that were decoded with errors."""

    def _restart(self) -> Generator[Decoded]:
        self.close()
        self._open()
        return self.frames()

    def _seek(self, start: float, lead: int) -> Iterator[Decoded] | None:
        """Return the frames from a key frame on; None if that cannot be done."""
        import av

        # The first packets were read already.
        self.close()
        self._open()
        try:
            keys = key_frames(self.container, self.stream, start, lead)
            if keys is None:
                return None
            self.container.seek(keys.keys[-1], stream=self.stream)
            packets = self._packets()
            packet = next(packets)
            index = keys.index_of(packet)
            if index is None or packet.pts is None:
                return None
            decoded = self._decoded(itertools.chain([packet], packets))
            # Frames that are shown before the key frame depend on others.
            first_frame = next(
                frame for frame in decoded if frame.pts is None or frame.pts >= packet.pts
            )
        except (av.FFmpegError, StopIteration):
            return None
        if first_frame.pts != packet.pts or first_frame.interlaced_frame:
            return None
        self.packets += index
        return self._numbered(itertools.chain([first_frame], decoded), index)

    def _numbered(self, frames: Iterator[av.VideoFrame], index: int) -> Generator[Decoded]:
        for number, frame in enumerate(frames, index):
            self._shown = float(frame.duration * (frame.time_base or 0))
            yield number, self.stamps.time_of(frame), frame

    def _packets(self) -> Generator[Packet[VideoStream]]:
        """Yield the packets to the end, and an empty one at last; go on after an error."""
        import av

        errors = 0
        while errors < _MOST_ERRORS:
            try:
                for packet in self.container.demux(self.stream):
                    errors = 0
                    yield packet
                return
            except IndexError:
                # PyAV wants to flush a stream that only appeared later, after all that it knows.
                return
            except av.FFmpegError:
                self.damaged += errors == 0
                errors += 1

    def _decoded(self, packets: Iterator[Packet[VideoStream]]) -> Generator[av.VideoFrame]:
        import av

        context = self.stream.codec_context
        for packet in packets:
            self.packets += packet.size > 0
            try:
                frames = context.decode(packet)
            except av.FFmpegError:
                self.damaged += 1
                continue
            self.damaged += sum(frame.is_corrupt for frame in frames)
            yield from frames


def stated_length(container: InputContainer, stream: VideoStream) -> float | None:
    """Return when the last frame of a clip ends by its header, in seconds; None if not stated."""
    if stream.frames and stream.duration and stream.time_base:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    # The headers of others state nothing, or what FFmpeg estimates from what is there.
    if not container.format.name.startswith("matroska"):
        return None
    hours, minutes, seconds = [*stream.metadata.get("DURATION", "").split(":"), "", ""][:3]
    try:
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        pass
    # That of the whole file may be that of its sound.
    if container.duration is None or len(container.streams) > 1:
        return None
    return container.duration / 1e6


def _has_trailer(path: Path) -> bool:
    """Return whether a GIF ends as GIFs do, with a semicolon; what it holds is not counted."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _GIF_END))
            return b";" in file.read()
    except OSError:
        # It was removed in the meantime; its frames were read.
        return True
