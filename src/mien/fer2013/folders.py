"""Reads class folders on disk."""

from __future__ import annotations

import hashlib
import os
import stat
from array import array
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from mien.errors import DataError, PictureError
from mien.fer2013.complaints import Complaints
from mien.fer2013.record import LIMIT_BYTES, Record
from mien.fer2013.tree import Member, tree_records, wanted


def folder_records(path: Path, complaints: Complaints) -> Iterator[Record]:
    """Read the pictures below a folder, see `tree_records`."""
    members = [
        Member(name, status.st_size, partial(_read, path / name, name))
        for name, status in walk(path)
    ]
    yield from tree_records(path, members, complaints)


def folder_signature(path: Path) -> tuple[str, int]:
    """Give what changes with any file below a folder, and the newest change's time in ns."""
    names, times, sizes = [], array("q"), array("q")
    for name, status in _entered(path):
        names.append(name)
        sizes.append(status.st_size)
        times.append(status.st_mtime_ns)
        times.append(status.st_ctime_ns)
    digest = hashlib.sha256(os.fsencode("\0".join(names)))
    digest.update(sizes.tobytes() + times.tobytes())
    return digest.hexdigest(), max(times, default=0)


def folder_sha256(path: Path) -> str:
    """Hash the files below a folder that count: their names and their contents."""
    digest = hashlib.sha256(b"folder\n")
    for name, status in walk(path):
        content = b"unreadable"
        if stat.S_ISREG(status.st_mode):
            try:
                with (path / name).open("rb") as file:
                    content = hashlib.file_digest(file, "sha256").digest()
            except OSError:
                # Its record is reported as bad when it is read.
                pass
        digest.update(os.fsencode(name) + b"\0" + content)
    return digest.hexdigest()


def walk(path: Path) -> list[tuple[str, os.stat_result]]:
    """List the files below a folder that count, by name.

    Links are followed, but no folder is entered twice, so a loop of links ends.

    Raises
    ------
    DataError
        If a folder cannot be listed.
    """
    return sorted(_entered(path), key=lambda each: each[0])


def _entered(path: Path) -> list[tuple[str, os.stat_result]]:
    """List the same folder by folder, in no order, which costs least."""
    status = path.stat()
    entered = {(status.st_dev, status.st_ino)}
    found: list[tuple[str, os.stat_result]] = []
    waiting = [(path, "")]
    while waiting:
        folder, prefix = waiting.pop()
        # Sorted, so that of two links to one folder the same is always entered.
        for name, status in sorted(_list(folder, prefix, found), key=lambda each: each[0]):
            if (status.st_dev, status.st_ino) not in entered:
                entered.add((status.st_dev, status.st_ino))
                waiting.append((folder / name, f"{prefix}{name}/"))
    return found


def _list(
    folder: Path, prefix: str, found: list[tuple[str, os.stat_result]]
) -> list[tuple[str, os.stat_result]]:
    """Add the files of one folder to those found, and give its folders."""
    folders = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if wanted(entry.name):
                    status = _status(entry)
                    if stat.S_ISDIR(status.st_mode):
                        folders.append((entry.name, status))
                    else:
                        found.append((prefix + entry.name, status))
    except OSError as error:
        raise DataError(
            f"Cannot list the folder {folder}: {error.strerror}.", "Give yourself the right to."
        ) from error
    return folders


def _status(entry: os.DirEntry[str]) -> os.stat_result:
    """Look at a file, or at the link itself where that leads nowhere."""
    try:
        return entry.stat()
    except OSError:
        return entry.stat(follow_symlinks=False)


def _read(file: Path, name: str) -> bytes:
    try:
        # Opening a pipe would wait for ever.
        if not file.is_file():
            raise PictureError(f"{name} is no regular file.", "Put the picture in its place.")
        with file.open("rb") as opened:
            return opened.read(LIMIT_BYTES)
    except OSError as error:
        raise PictureError(
            f"{name} cannot be read: {error.strerror}.", "Give yourself the right to read it."
        ) from error
