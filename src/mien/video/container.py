"""Opens clips, and says in one sentence why one cannot be opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mien.errors import VideoError, require

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

SAVE_AGAIN = "Get the file again, or convert it to MP4 with another program."
"""What to do about a file that cannot be decoded."""


def open_clip(path: Path) -> tuple[InputContainer, VideoStream]:
    """Open a clip and choose its video stream.

    Raises
    ------
    VideoError
        If the file is missing, a folder, empty, unreadable, not a clip, or has no video stream.
    MissingExtraError
        If PyAV is not installed.
    """
    require("av", "video")
    import av

    check_file(path)
    try:
        container = av.open(str(path), mode="r", metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise VideoError(
            f"{path} is not a video, or is cut off or corrupted.", SAVE_AGAIN
        ) from error
    stream = container.streams.best("video")
    if stream is None:
        container.close()
        raise VideoError(f"{path} has no video, only sound or other data.", "Name a video.")
    return container, stream  # type: ignore[return-value]


def check_file(path: Path) -> None:
    """Refuse a path that is missing, a folder, unreadable or empty.

    Raises
    ------
    VideoError
        If it is one of those.
    """
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise VideoError(
            f"Expected a video at {path}, but there is no such file.", "Check the path."
        ) from error
    except IsADirectoryError as error:
        raise VideoError(
            f"Expected a video at {path}, but it is a folder.", "Name a file in it."
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise VideoError(
            f"Cannot read {path}: {reason}.", "Check the path and its permissions."
        ) from error
    if empty:
        raise VideoError(f"{path} is empty: it has 0 bytes.", "Get the file again.")
