"""Reads text lists of pictures, a path or URL a line."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from mien.batch.storage import Storage, explained, is_url
from mien.errors import DataError

SUFFIX = ".txt"
"""The file extension of a list."""

_LONGEST = 8192  # bytes of a line; the longest path has 4096

_MARK = b"\xef\xbb\xbf"
"""Begins the text files of some Windows programs."""


def lines_of(storage: Storage, name: str) -> Iterator[str]:
    """Yield what a list names; a relative path starts from the list's own folder.

    Empty lines are skipped.

    Parameters
    ----------
    storage
        Opens the list.
    name
        Its path or URL.

    Raises
    ------
    DataError
        If it cannot be read, or a line is not a path in UTF-8.
    """
    folder = posixpath.dirname(name)
    with storage.open(name) as file, explained(name):
        for number in range(1 << 62):
            data = file.readline(_LONGEST + 1)
            if not data:
                return
            line = _text(data.removeprefix(_MARK) if not number else data, name, number + 1)
            if line.strip():
                yield line if is_url(line) else posixpath.join(folder, line)


def _text(data: bytes, name: str, number: int) -> str:
    """Return a line without its end."""
    why = ""
    if len(data) > _LONGEST:
        why = f"is longer than {_LONGEST:,} bytes"
    elif b"\0" in data:
        why = "holds a zero byte"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text, why = "", why or "is not UTF-8"
    if why:
        raise DataError(
            f"Line {number:,} of {name} {why}.",
            "Write a list as UTF-8 text, with a path or URL in each line.",
        )
    return text.rstrip("\r\n")
