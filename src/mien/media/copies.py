"""Names the annotated copies of pictures."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from mien import marks
from mien.media.sources import MARK, Picked

_HEAD = 1024  # bytes, within which the comment is
_DIGEST = 32  # hexadecimal digits


class CopyNames:
    """Names for the annotated copies: party.mien.jpg, party-2.mien.jpg, ...

    A copy says in a comment which picture it is a copy of, so that a picture that is read again,
    in this run or another, has its copy replaced, and no other file ever is.

    Parameters
    ----------
    folder
        Where the copies go. If None, each goes beside its picture, and that of standard input into
        the working folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def copy_of(self, picture: Picked) -> Path:
        """Return the path of a picture's copy: its earlier one, or one that is free."""
        return next(
            path
            for path in self._names(picture)
            if not os.path.lexists(path) or self._is_copy(path, picture)
        )

    def comment(self, picture: Picked) -> bytes:
        """Return the comment that is to be in a picture's copy."""
        if not isinstance(picture, Path):
            return marks.COPY + _digest(picture.getvalue())
        # A path relative to the copy's folder stays right if both are moved together.
        path, folder = picture.resolve(), self._folder_of(picture).resolve()
        try:
            name = os.path.relpath(path, folder)
        except ValueError:  # on another drive
            name = str(path)
        return marks.COPY + _digest(os.fsencode(name))

    def _folder_of(self, picture: Picked) -> Path:
        beside = picture.parent if isinstance(picture, Path) else Path()
        return self._folder or beside

    def _names(self, picture: Picked) -> Iterator[Path]:
        folder = self._folder_of(picture)
        stem = picture.stem if isinstance(picture, Path) else "stdin"
        yield folder / f"{stem}{MARK}.jpg"
        for number in itertools.count(2):
            yield folder / f"{stem}-{number}{MARK}.jpg"

    def _is_copy(self, path: Path, picture: Picked) -> bool:
        """Return whether a file is an earlier copy of a picture."""
        try:
            with path.open("rb") as file:
                return self.comment(picture) in file.read(_HEAD)
        except OSError:
            return False


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest()[:_DIGEST].encode()
