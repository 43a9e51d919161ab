"""Adds the sound of a clip to one that is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mien.errors import VideoError
from mien.video.container import open_file

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.filter import Graph
    from av.packet import Packet

_COPIED = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"})
"""Codecs that an MP4 holds and players play."""

_RATES = frozenset(
    {96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}
)
"""Samples a second that AAC knows (ISO/IEC 14496-3, table 1.18)."""

_USUAL_RATE = 48000

_BITS = 96_000  # a second, of each channel


def open_sound(path: Path, output: OutputContainer) -> Sound | None:
    """Open the sound of a clip, and make a stream for it in one that is written.

    Parameters
    ----------
    path
        The clip.
    output
        The one that is written, before anything is.

    Returns
    -------
    Sound or None
        None if the clip has no sound.

    Raises
    ------
    VideoError
        If the clip cannot be opened.
    """
    container = open_file(path)
    streams = [stream for stream in container.streams.audio if stream.codec_context is not None]
    if not streams:
        container.close()
        return None
    stream = streams[0]
    copied = stream.codec_context.name.removesuffix("float") in _COPIED
    return (CopiedSound if copied else EncodedSound)(path, stream, output)


class Sound:
    """The sound of a clip, which is added to another piece by piece.

    Parameters
    ----------
    path
        The clip, as messages call it.
    source
        Its stream of sound.
    output
        The clip that is written.
    """

    def __init__(self, path: Path, source: AudioStream, output: OutputContainer) -> None:
        self.path = path
        self.problem: VideoError | None = None
        """Why the sound ends early; None if it does not."""
        self._source = source
        self._output = output
        self._packets = iter(source.container.demux(source))  # type: ignore[attr-defined]
        self._waiting: Packet[AudioStream] | None = None
        self._ended = False

    def add_until(self, time: float, origin: float) -> None:
        """Add the sound before a time.

        Parameters
        ----------
        time
            In seconds, by the stamps of the clip that the sound is from.
        origin
            What is time 0 in the one that is written.
        """
        import av

        while not self._ended:
            try:
                packet = self._waiting or next(self._packets)
                self._waiting = None
                if _start_of(packet) >= time:
                    self._waiting = packet
                    return
                self._add(packet, origin)
                self._ended = packet.size == 0 and packet.dts is None
            except StopIteration:
                self._ended = True
            except av.FFmpegError as error:
                self._ended = True
                self.problem = VideoError(
                    f"The sound of {self.path} ends early, since it is damaged: {error.strerror}.",
                    "The picture is complete.",
                )

    def finish(self) -> None:
        """Add what is still to be encoded."""

    def close(self) -> None:
        """Free the file."""
        self._source.container.close()

    def _add(self, packet: Packet[AudioStream], origin: float) -> None:
        raise NotImplementedError


class CopiedSound(Sound):
    """Sound that is copied without being decoded."""

    def __init__(self, path: Path, source: AudioStream, output: OutputContainer) -> None:
        super().__init__(path, source, output)
        self._stream = output.add_stream_from_template(source)

    def _add(self, packet: Packet[AudioStream], origin: float) -> None:
        if packet.dts is None or packet.pts is None or packet.is_corrupt:
            return
        shift = round(origin / packet.time_base)
        # The first packet may begin before the origin; its beginning is not played.
        if packet.pts + (packet.duration or 0) <= shift:
            return
        packet.pts -= shift
        packet.dts -= shift
        packet.stream = self._stream
        self._output.mux(packet)


class EncodedSound(Sound):
    """Sound that is decoded, and encoded as AAC in mono or stereo."""

    def __init__(self, path: Path, source: AudioStream, output: OutputContainer) -> None:
        super().__init__(path, source, output)
        context = source.codec_context
        rate = context.sample_rate if context.sample_rate in _RATES else _USUAL_RATE
        self._layout = "mono" if context.channels == 1 else "stereo"
        self._stream = output.add_stream("aac", rate=rate, layout=self._layout)
        self._stream.codec_context.bit_rate = _BITS * (1 if self._layout == "mono" else 2)
        self._graph: Graph | None = None

    def finish(self) -> None:
        """Encode what the filters and the encoder still hold."""
        if self._graph is not None:
            self._graph.push(None)
            self._encode()
            self._output.mux(self._stream.encode(None))

    def _add(self, packet: Packet[AudioStream], origin: float) -> None:
        import av

        try:
            frames = packet.decode()
        except av.FFmpegError:
            # What is missing becomes silence.
            return
        for frame in frames:
            if self._graph is None:
                self._graph = self._filters(origin)
            self._graph.push(frame)
            self._encode()

    def _encode(self) -> None:
        for frame in self._pulled():
            self._output.mux(self._stream.encode(frame))

    def _pulled(self) -> Iterator[AudioFrame]:
        import av

        assert self._graph is not None
        while True:
            try:
                yield self._graph.pull()  # type: ignore[misc]
            except (av.BlockingIOError, av.EOFError):
                return

    def _filters(self, origin: float) -> Graph:
        """Return filters that shift time, fill gaps with silence, and suit the encoder."""
        from av.filter import Graph

        graph = Graph()
        rate = self._stream.codec_context.sample_rate
        graph.link_nodes(
            graph.add_abuffer(template=self._source),
            graph.add("asetpts", f"PTS-{origin:.9f}/TB"),
            graph.add("aresample", f"{rate}:async=1:first_pts=0"),
            graph.add(
                "aformat",
                f"sample_fmts=fltp:channel_layouts={self._layout}:sample_rates={rate}",
            ),
            graph.add("asetnsamples", "1024:p=0"),
            graph.add("abuffersink"),
        ).configure()
        return graph


def _start_of(packet: Packet[AudioStream]) -> float:
    """Return when a packet begins, in seconds; before everything if it does not say."""
    stamp = packet.pts if packet.pts is not None else packet.dts
    return float("-inf") if stamp is None else float(stamp * packet.time_base)
