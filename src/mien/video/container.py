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

_FORMATS = (
    "mov", "matroska", "avi", "asf", "flv", "mpeg", "mpegts", "mpegvideo", "ogg", "yuv4mpegpipe",
    "mjpeg", "jpeg_pipe", "gif", "m4v", "h264", "hevc", "ivf", "obu", "dv", "mxf", "nut",
    "wav", "mp3", "aac", "flac",
)  # fmt: skip
"""What FFmpeg may take a file for. Others stay out: playlists (HLS, DASH, concat) name other files
or addresses to be read. Those of sound are in, so that a message can say that it is sound."""


def open_clip(path: Path, max_pixels: int) -> tuple[InputContainer, VideoStream]:
    """Open a clip and choose its video stream.

    Parameters
    ----------
    path
        The clip.
    max_pixels
        Larger frames are not decoded.

    Raises
    ------
    VideoError
        If the file is missing, a folder, empty, unreadable, not a clip, or has no video stream.
    MissingExtraError
        If PyAV is not installed.
    """
    require("av", "video")
    check_file(path)
    container = open_file(path, {"max_pixels": str(max_pixels)})
    stream = _main_stream(container)
    if stream is None:
        kind = "only sound" if container.streams.audio else "neither video nor sound"
        container.close()
        raise VideoError(
            f"Expected a video at {path}, but there is {kind} in it.", "Name a file with video."
        )
    if stream.codec_context is None:
        container.close()
        raise VideoError(f"{path} is encoded in a way that cannot be decoded.", SAVE_AGAIN)
    return container, stream


def open_file(path: Path, options: dict[str, str] | None = None) -> InputContainer:
    """Open a file of sound or video, and nothing that it refers to.

    Parameters
    ----------
    path
        The file.
    options
        Options for its decoders.

    Raises
    ------
    VideoError
        If it is neither.
    """
    import av

    limits = {"protocol_whitelist": "file", "format_whitelist": ",".join(_FORMATS)}
    try:
        # Absolute, since FFmpeg would take what stands before a colon for a protocol.
        return av.open(
            str(path.absolute()),
            mode="r",
            metadata_errors="replace",
            container_options=limits,
            options=options or {},
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise VideoError(
            f"{path} is not a video, or is cut off or corrupted.", SAVE_AGAIN
        ) from error


def _main_stream(container: InputContainer) -> VideoStream | None:
    """Return the stream of video with the most pixels; the cover of a piece of music is none."""
    from av.stream import Disposition

    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    streams = [stream for stream in container.streams.video if not stream.disposition & covers]
    return max(streams, key=_pixels, default=None)


def _pixels(stream: VideoStream) -> int:
    return stream.width * stream.height if stream.codec_context is not None else 0


def check_file(path: Path) -> None:
    """Refuse a path that is missing, not a regular file, unreadable or empty.

    Raises
    ------
    VideoError
        If it is one of those.
    """
    try:
        if path.is_dir():
            raise VideoError(
                f"Expected a video at {path}, but it is a folder.", "Name a file in it."
            )
        # Opening a pipe would wait for its other end.
        if path.exists() and not path.is_file():
            raise VideoError(
                f"Expected a video at {path}, but it is a pipe or a device.", "Name a file."
            )
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise VideoError(
            f"Expected a video at {path}, but there is no such file.", "Check the path."
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise VideoError(
            f"Cannot read {path}: {reason}.", "Check the path and its permissions."
        ) from error
    if empty:
        raise VideoError(f"{path} is empty: it has 0 bytes.", "Get the file again.")
