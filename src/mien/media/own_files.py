"""Recognises the pictures and clips that mien wrote, by the mark in them."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from mien import marks
from mien.files import JPEG_QUALITY
from mien.media.metadata import NAME, is_metadata
from mien.outputs.signs import Format, Kind, is_earlier_output

MARK = ".mien"
"""Precedes the file extension of every annotated picture and clip that mien writes."""

_HEAD = 1024  # bytes of a picture, within which the mark is
_END = 4096  # bytes at the end of a clip's header, within which it is
_BOXES = 64  # of a clip that are looked at: a file of ours has five

_RESULTS: Mapping[str, tuple[Kind, ...]] = {
    ".json": ("pictures", "summary"), ".csv": ("pictures",), ".parquet": ("pictures",)
}  # fmt: skip
"""What mien writes about pictures, by file extension."""

_SMALL = 1_000_000  # bytes

_ARRAY = re.compile(rb'\[\s*\{\s*"source":')
"""How the faces of many pictures begin in JSON."""


def written_by_mien(path: Path) -> bool:
    """Return whether mien wrote a file, by the mark in it: an annotated copy, sheet or timeline.

    Copies by an earlier version have no mark; their name and their first bytes tell.
    """
    kind = path.suffix.lower()
    if kind == ".mp4":
        return marks.COPY in marked_part(path)
    if kind == ".png":
        head = head_of(path, _HEAD)
        return any("\0".join(mark).encode() in head for mark in (marks.SHEET, marks.TIMELINE))
    if kind != ".jpg":
        return False
    head = head_of(path, _HEAD)
    return marks.COPY in head or (
        path.stem.endswith(MARK) and head.startswith(_beginning_of_copies())
    )


def marked_part(path: Path) -> bytes:
    """Return the part of a file in which mien's mark would be; empty if it cannot be read."""
    return _end_of_header(path) if path.suffix.lower() == ".mp4" else head_of(path, _HEAD)


def head_of(path: Path, number: int) -> bytes:
    """Read the first bytes of a regular file; empty if that fails."""
    try:
        # Opening a pipe would wait for its other end.
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(number)
    except (OSError, ValueError):
        # The error is reported when the file is to be read.
        return b""


def _end_of_header(path: Path) -> bytes:
    """Return the end of an MP4's box ``moov``, which holds its comment; empty if it has none."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            begin, end = _find_header(file)
            file.seek(max(begin, end - _END))
            return file.read(min(end - begin, _END))
    except (OSError, ValueError):
        return b""


def _find_header(file: BinaryIO) -> tuple[int, int]:
    """Return where the box ``moov`` begins and ends, or 0 and 0 if there is none.

    The sizes of the boxes lead there (ISO/IEC 14496-12, 4.2).
    """
    place = 0
    for _ in range(_BOXES):
        file.seek(place)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:
            break
        if kind == b"moov":
            return place, place + size
        place += size
    return 0, 0


@functools.cache
def _beginning_of_copies() -> bytes:
    """Return the first bytes of a JPEG that Pillow writes with mien's quality, up to its size."""
    data = io.BytesIO()
    Image.new("RGB", (1, 1)).save(data, "JPEG", quality=JPEG_QUALITY)
    return data.getvalue().partition(b"\xff\xc0")[0]


def holds_results(path: Path) -> bool:
    """Return whether a file holds what mien read earlier: a table, its metadata or a summary.

    Only small JSON is read whole; of a larger file the beginning tells. A table in another
    program's layout is told by its name too, since that program's own tables begin alike.
    """
    from mien.media.layouts import LAYOUTS, is_earlier_layout, layout_name

    suffix = path.suffix.lower()
    if suffix == ".json" and path.name == NAME:
        return is_metadata(path)
    if not head_of(path, 1):
        return False
    if any(
        path.name.endswith(layout_name(name, "")) and is_earlier_layout(path, name)
        for name in LAYOUTS
    ):
        return True
    kinds = _RESULTS.get(suffix, ())
    if kinds and suffix == ".json" and path.stat().st_size > _SMALL:
        return _ARRAY.match(head_of(path, _HEAD)) is not None
    form: Format = suffix.removeprefix(".")  # type: ignore[assignment]
    return any(is_earlier_output(path, kind, form) for kind in kinds)
