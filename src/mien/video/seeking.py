"""Begins to decode a clip in its middle, and still knows the number of each frame."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

_CONTAINERS = frozenset({"mov", "matroska"})
"""Formats whose packets have time stamps and whose key frames are found exactly."""

_CODECS = frozenset({"h264", "hevc", "vp9", "av1", "libdav1d", "mjpeg", "prores"})
"""Decoders that make one frame of each packet. VP8 has packets for frames that are never shown."""


@dataclass(frozen=True)
class KeyFrames:
    """The key frames up to a time, and how many frames there are before each."""

    times: list[int]
    """When each packet is shown, in ticks, sorted; those that an edit list leaves out are not
    there."""
    keys: list[int]
    """When each key frame is shown, in ticks."""

    def index_of(self, packet: Packet[VideoStream]) -> int | None:
        """Return the number of a key frame in the clip; None if it is not one of them."""
        if packet.pts not in self.keys or not packet.is_keyframe:
            return None
        return bisect.bisect_left(self.times, packet.pts)


def key_frames(
    container: InputContainer, stream: VideoStream, start: float, lead: int
) -> KeyFrames | None:
    """Read packets, without decoding them, until all up to a time are known.

    Parameters
    ----------
    container, stream
        The clip, of which no packet was read.
    start
        The time, in seconds.
    lead
        How many frames there are at least between each of the key frames and that time.

    Returns
    -------
    KeyFrames or None
        None if the number of a frame cannot be known without decoding all before it: where a frame
        may take two packets or none, a packet has no stamp or is damaged, or the first frames
        depend on others that were cut away.
    """
    name = stream.codec_context.name
    if name not in _CODECS or container.format.name.split(",")[0] not in _CONTAINERS:
        return None
    assert stream.time_base is not None
    ticks = math.floor(start / stream.time_base)
    times: list[int] = []
    keys: list[int] = []
    for packet in container.demux(stream):
        if packet.size == 0:
            break
        if packet.pts is None or packet.is_corrupt:
            return None
        # No later packet is shown before it is decoded.
        if packet.dts is not None and packet.dts > ticks:
            break
        if packet.is_discard:
            continue
        if not (keys or packet.is_keyframe) or (times and packet.pts < times[0]):
            return None
        times.append(packet.pts)
        if packet.is_keyframe and packet.pts <= ticks:
            keys.append(packet.pts)
    times.sort()
    last = bisect.bisect_left(times, ticks) - lead
    keys = [key for key in keys if bisect.bisect_left(times, key) <= last]
    return KeyFrames(times, keys) if keys else None
