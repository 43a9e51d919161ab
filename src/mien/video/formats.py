"""Tells whether a file is a video, without decoding it."""

from __future__ import annotations

from pathlib import Path

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".wmv", ".flv", ".mpg", ".mpeg", ".3gp"}
    | {".mts", ".m2ts", ".ogv", ".y4m", ".mjpeg"}
)
"""Lower-case file extensions of videos."""


def is_video(path: str | Path) -> bool:
    """Return whether a file is a video by its file extension, or is an animated GIF.

    Parameters
    ----------
    path
        The file. Only that of a GIF is opened; one that cannot be read is not a video.
    """
    suffix = Path(path).suffix.lower()
    return suffix in VIDEO_SUFFIXES or (suffix == ".gif" and _is_animated(Path(path)))


def _is_animated(path: Path) -> bool:
    """Return whether a GIF has more than one frame."""
    from PIL.GifImagePlugin import GifImageFile

    try:
        # Opening a pipe would wait for its other end.
        if not path.is_file():
            return False
        with GifImageFile(path) as picture:
            return bool(picture.is_animated)
    # Broad on purpose: what Pillow's readers raise for damaged files shares no base class.
    except Exception:
        return False
