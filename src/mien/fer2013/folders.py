"""Reads class folders on disk."""

from __future__ import annotations

import hashlib
import os
import stat
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
    files = [
        (name, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        for name, status in walk(path)
    ]
    newest = max((max(mtime, ctime) for _, _, mtime, ctime in files), default=0)
    return hashlib.sha256(os.fsencode(repr(files))).hexdigest(), newest


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
    status = path.stat()
    return sorted(_walk(path, "", {(status.st_dev, status.st_ino)}), key=lambda each: each[0])


def _walk(
    folder: Path, prefix: str, entered: set[tuple[int, int]]
) -> Iterator[tuple[str, os.stat_result]]:
    try:
        with os.scandir(folder) as entries:
            # Sorted, so that of two links to one folder the same is always entered.
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise DataError(
            f"Cannot list the folder {folder}: {error.strerror}.", "Give yourself the right to."
        ) from error
    for entry in listed:
        name = prefix + entry.name
        if not wanted(entry.name):
            continue
        status = _status(entry)
        if not stat.S_ISDIR(status.st_mode):
            yield name, status
        elif (status.st_dev, status.st_ino) not in entered:
            entered.add((status.st_dev, status.st_ino))
            yield from _walk(folder / entry.name, f"{name}/", entered)


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
