"""Makes the clips of benchmarks/video.py from a real one, by its path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from mien.video import VideoFrame, VideoReader

HEAD = slice(30, 230), slice(130, 310)
"""The rows and columns of the astronaut's head."""


def resized(source: Path, out: Path, width: int, height: int) -> Path:
    """Write a clip in another size: enlarged to fill it, and cut to its middle."""
    with VideoReader(source) as frames, av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(_filled(frame.image, width, height), "rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return out


def _filled(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    scale = max(width / image.shape[1], height / image.shape[0])
    size = round(image.shape[1] * scale), round(image.shape[0] * scale)
    large = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.ascontiguousarray(large[top : top + height, left : left + width])


def looped(source: Path, out: Path, times: int) -> Path:
    """Write a clip several times over, without encoding it again."""
    with av.open(str(source)) as clip, av.open(str(out), "w") as container:
        stream = container.add_stream_from_template(clip.streams.video[0])
        packets = [one for one in clip.demux(video=0) if one.dts is not None]
        stamps = [(one.pts or 0, one.dts or 0) for one in packets]
        shown = [pts for pts, _ in stamps]
        length = max(shown) - min(shown) + (packets[0].duration or 0)
        for turn in range(times):
            for packet, (pts, dts) in zip(packets, stamps, strict=True):
                packet.pts, packet.dts = pts + turn * length, dts + turn * length
                packet.stream = stream
                container.mux(packet)
                packet.stream = stream
    return out


def appearing(rate: float, at: float, seconds: float = 1.0) -> Iterator[VideoFrame]:
    """Yield frames of a still scene in which a face appears at some time."""
    pictures: Any = skimage.data
    coffee, astronaut = pictures.coffee(), pictures.astronaut()
    scene = np.asarray(cv2.resize(coffee, (640, 480)), np.uint8)
    face = scene.copy()
    face[140:340, 380:560] = astronaut[HEAD]
    for index in range(round(seconds * rate)):
        time = index / rate
        yield VideoFrame(index, time, face if time >= at else scene)
