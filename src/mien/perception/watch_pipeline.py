"""Reads the frames of a video in threads."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

from mien.perception.neutral_in_video import VideoNeutral
from mien.perception.picture import Picture
from mien.perception.watch_sources import VideoSource, open_video, video_name
from mien.perception.watching import Watch

if TYPE_CHECKING:
    from mien.perception.reader import Reader


def watch(
    reader: Reader,
    source: VideoSource,
    selection: Mapping[str, Any],
    options: Mapping[str, Any],
    neutral: VideoNeutral | None,
    keep_images: bool,
) -> Generator[Picture, None, None]:
    """Yield the frames of a video; see `Reader.watch`."""
    one = Watch(reader, neutral=neutral, **options)
    with open_video(source, max_megapixels=reader.max_megapixels, **selection) as frames:
        yield from one.read_all(frames, source=video_name(source), keep_images=keep_images)
        problem = getattr(frames, "problem", None)
    if problem is not None:
        raise problem
