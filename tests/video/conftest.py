"""Clips that tests draw: each frame shows its number as black and white bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

Image = NDArray[np.uint8]

TICKS = 90_000
BARS = 8


def draw(number: int, width: int = 64, height: int = 48) -> Image:
    """Draw a number as bars, the highest bit at the left."""
    bits = [number >> bit & 1 for bit in reversed(range(BARS))]
    row = np.repeat(np.array(bits, np.uint8) * 200 + 25, width // BARS)
    row = np.pad(row, (0, width - len(row)), "edge")
    return np.broadcast_to(row[None, :, None], (height, width, 3)).copy()


def number_in(image: Image) -> int:
    """Read the number that `draw` drew."""
    width = image.shape[1] // BARS
    row = image[image.shape[0] // 2, :, 1]
    bits = [row[bar * width + width // 2] > 128 for bar in range(BARS)]
    return sum(int(bit) << place for place, bit in enumerate(reversed(bits)))


def _write_clip(
    path: Path,
    times: Sequence[float],
    *,
    codec: str = "libx264",
    form: str = "yuv420p",
    size: tuple[int, int] = (64, 48),
    options: dict[str, str] | None = None,
    muxing: dict[str, str] | None = None,
    turn: tuple[float, bool, bool] | None = None,
    sound: Callable[[Any], Any] | None = None,
    draw_frame: Callable[[int], Image] | None = None,
    pixel: Fraction | None = None,
    time_base: Fraction = Fraction(1, TICKS),
) -> Path:
    """Write a clip with a frame at each time."""
    container: Any = av.open(str(path), "w", options=muxing or {})
    with container:
        stream = container.add_stream(codec, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *size, form
        stream.codec_context.time_base = time_base
        stream.codec_context.thread_count = 1
        if pixel is not None:
            stream.codec_context.sample_aspect_ratio = pixel
        if turn is not None:
            stream.set_display_rotation(*turn)
        add_sound = sound(container) if sound is not None else None
        for number, time in enumerate(times):
            image = draw_frame(number) if draw_frame is not None else draw(number, *size)
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts, frame.time_base = round(time / time_base), time_base
            container.mux(stream.encode(frame))
            if add_sound is not None:
                add_sound(time)
        container.mux(stream.encode(None))
        if add_sound is not None:
            add_sound(None)
    return path


@pytest.fixture(scope="session")
def write_clip() -> Callable[..., Path]:
    """Writes a clip with a frame at each of the times that it is called with."""
    return _write_clip


@pytest.fixture(scope="session", name="number_in")
def number_in_fixture() -> Callable[[Image], int]:
    """Reads the number that a frame shows."""
    return number_in


@pytest.fixture(scope="session", name="draw")
def draw_fixture() -> Callable[..., Image]:
    """Draws a number as a frame."""
    return draw


EVEN = tuple(number / 25 for number in range(20))
"""Twenty frames, 25 a second."""


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty frames in an MP4, of H.264 with B-frames, its header at the beginning."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    return _write_clip(
        path, EVEN, options={"bf": "2", "g": "10"}, muxing={"movflags": "+faststart"}
    )
