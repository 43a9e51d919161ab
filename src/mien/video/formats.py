"""Tells whether a file is a video, without decoding it."""

from __future__ import annotations

from pathlib import Path

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".wmv", ".flv", ".mpg", ".mpeg", ".3gp"}
    | {".mts", ".m2ts", ".ogv", ".y4m", ".mjpeg"}
)
"""Lower-case file extensions of videos."""


HEAD = 256
"""Bytes of a file by which a clip is recognised."""

_STARTS = (
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF: .wmv
    b"FLV\x01",
    b"OggS",
    b"YUV4MPEG2 ",
    b"\0\0\x01\xba",  # MPEG, as a stream of programs and of video alone
    b"\0\0\x01\xb3",
)

_PACKETS = ((0, 188), (4, 192))
"""Where the first packet of an MPEG transport stream begins, and the size of each."""


def begins_like_a_clip(start: bytes) -> bool:
    """Return whether a file is a video by its first `HEAD` bytes, whatever its name.

    A picture may be kept in the container of a clip, as in HEIC and AVIF.
    """
    if start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
        return True
    if start.startswith(b"RIFF") and start[8:12] == b"AVI ":
        return True
    packets = any(
        start[first : first + 1] == start[first + size : first + size + 1] == b"G"
        for first, size in _PACKETS
    )
    return packets or start.startswith(_STARTS)


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
