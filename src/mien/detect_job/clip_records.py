"""What a clip is, what was read of it, and what became of it."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Literal

from mien.clock import clock
from mien.detect_job.clip_outputs import Written
from mien.errors import MienError
from mien.media.metadata import ClipInfo
from mien.media.sources import Video
from mien.settings import DetectSettings
from mien.video import Camera, VideoReader

State = Literal["being read", "complete", "incomplete", "interrupted"]
"""What became of a clip; it stays "being read" if the process was killed."""


@dataclasses.dataclass(frozen=True)
class ClipRecord(ClipInfo):
    """What a clip is, and what was read of it, as metadata.json has it."""

    sha256: str | None = None
    """SHA-256 of the file; None for a camera."""
    size: int | None = None
    """Size of the file in bytes; None for a camera."""
    rotation: int | None = None
    """Degrees by which the frames were turned counterclockwise to be upright."""
    selection: str = "every frame"
    """Which of the frames were to be read."""
    frames_read: int = 0
    """How many frames were read."""
    first_time: float | None = None
    """Time stamp of the first of them, in seconds."""
    last_time: float | None = None
    """Time stamp of the last of them, in seconds."""
    neutral_faces: tuple[int, ...] | None = None
    """Which faces were read against a neutral one; None if there was none."""
    skipped: int | None = None
    """How many frames of a camera came too fast to be read."""
    state: State = "being read"
    """What became of it."""
    problem: str | None = None
    """Why it could not be read to its end."""


@dataclasses.dataclass(frozen=True, eq=False)
class ClipResult:
    """What became of one clip or camera, of which at least one frame was read."""

    source: str
    """The clip, as it was named."""
    record: ClipRecord
    """What it is, and what was read of it."""
    written: Written
    """What was written about it."""
    problem: MienError | None = None
    """Why it could not be read to its end."""
    notes: tuple[str, ...] = ()
    """Sentences on what had no effect on it, or may be wrong."""


def describe(
    video: Video, frames: VideoReader | Camera, settings: DetectSettings
) -> ClipRecord:
    """Return what is known of a clip or camera before a frame is read."""
    size = {"source": str(video), "width": frames.width, "height": frames.height}
    if isinstance(frames, Camera):
        return ClipRecord(**size)  # type: ignore[arg-type]
    return ClipRecord(
        **size,  # type: ignore[arg-type]
        duration=frames.duration,
        rate=frames.rate,
        frames=frames.count,
        sha256=_sha256(frames.path),
        size=frames.path.stat().st_size,
        rotation=frames.rotation,
        selection=selection_in_words(settings),
    )


def selection_in_words(settings: DetectSettings) -> str:
    """Say which frames of clips are read: ``"every 5th frame from 0:02 to 0:05"``."""
    every = settings.every
    which = "every frame" if every == 1 else f"one frame of every {every}"
    if settings.fps is not None:
        which += f", at most {settings.fps:g} a second"
    if settings.first is not None:
        which += f", from {clock(settings.first)}"
    if settings.last is not None:
        which += f", before {clock(settings.last)}"
    return which


def expected_frames(frames: VideoReader | Camera, settings: DetectSettings) -> int | None:
    """Return about how many frames will be read; None if that is not known."""
    if isinstance(frames, Camera) or frames.duration is None or frames.rate is None:
        return None
    begin = max(0.0, settings.first or 0.0)
    end = min(frames.duration, settings.last or frames.duration)
    rate = frames.rate / settings.every
    return max(1, round(max(0.0, end - begin) * min(rate, settings.fps or rate)))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
