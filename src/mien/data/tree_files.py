"""Lists and reads the files of a tree of pictures, in a folder on disk or in a zip."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import lzma
import os
import stat
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath

from mien.data.record import LIMIT_BYTES
from mien.data.vocabulary import CLASSES_FILE
from mien.errors import DataError, PictureError
from mien.settings.limits import DEFAULT_LIMITS, LimitSettings

# What published data sets hold next to the pictures, and nobody needs.
_TEXTS = (".txt", ".md", ".rst", ".html", ".pdf", ".log", ".py", ".ipynb", ".sha256", ".md5")
_TABLES = (".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".toml", ".parquet")
_BESIDE = _TEXTS + _TABLES
_BESIDE_NAMES = {"readme", "license", "licence", "copying", "thumbs.db", "desktop.ini"}


@dataclasses.dataclass(frozen=True)
class Member:
    """A file in a tree, not yet read."""

    name: str
    """Its path inside the tree, with forward slashes."""
    size: int
    """Its size in bytes once unpacked."""
    read: Callable[[], bytes]
    """Reads it; raises PictureError if that fails."""


OpenTree = Callable[[Path], contextlib.AbstractContextManager[list[Member]]]
"""Opens a tree and lists its files that count; they can be read until the block ends."""


def counts(name: str) -> bool:
    """Return whether a file counts: it is not hidden, nor a text next to pictures."""
    # Without pathlib, since every file is asked about before the cache is used.
    if name.startswith((".", "__MACOSX")) or "/." in name or "/__MACOSX/" in name:
        return False
    file = name.rpartition("/")[2].lower()
    return file == CLASSES_FILE or not (file.endswith(_BESIDE) or file in _BESIDE_NAMES)


_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,  # of a name that is written twice, and damaged in one place
)


@contextlib.contextmanager
def open_zip(path: Path, limits: LimitSettings = DEFAULT_LIMITS) -> Iterator[list[Member]]:
    """Open a zip as a tree.

    Parameters
    ----------
    path
        The zip.
    limits
        How many entries it may have, and how much it may grow: a bomb is not a data set.

    Raises
    ------
    DataError
        If the file is not a zip, is encrypted, over a limit, or is unsafe to unpack.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise DataError(
            f"Expected a zip in {path}, got something else or part of one: {error}.",
            "Download it again, or name an unpacked folder.",
        ) from error
    with archive:
        _check(path, archive.infolist(), limits)
        yield list(_members(path, archive))


def _check(path: Path, infos: list[zipfile.ZipInfo], limits: LimitSettings) -> None:
    """Refuse what an honest zip of pictures does not hold."""
    if len(infos) > limits.max_zip_entries:
        raise DataError(
            f"{path} holds {len(infos):,} files and folders, over the limit of"
            f" {limits.max_zip_entries:,}.",
            "If you trust it, unpack it and name the folder, or raise the limit.",
            "max_zip_entries",
        )
    for info in infos:
        if not info.filename:
            raise DataError(
                f"{path} holds a file without a name.", "Zip the data set again."
            )
        if _escapes(info.filename):
            raise DataError(
                f"{path} holds {info.filename!r}, which lies outside of the zip.",
                "Do not trust this file; get the data set from its publisher.",
            )
        if info.flag_bits & 1:
            raise DataError(
                f"{path} is encrypted.", "Unpack it with its password and name the folder."
            )
    unpacked, packed = sum(info.file_size for info in infos), path.stat().st_size
    if unpacked > limits.max_zip_growth * packed:
        raise DataError(
            f"{path} unpacks from {packed:,} to {unpacked:,} bytes, over"
            f" {limits.max_zip_growth:g} times its size.",
            "If you trust it, unpack it and name the folder, or raise the limit.",
            "max_zip_growth",
        )


def _escapes(name: str) -> bool:
    """Return whether a name would be written outside of the folder that a zip is unpacked to."""
    windows = PureWindowsPath(name)
    return ".." in windows.parts or bool(windows.drive or windows.root)


def _members(path: Path, archive: zipfile.ZipFile) -> Iterator[Member]:
    """List the files that count, each once."""
    seen = set()
    for info in archive.infolist():
        # Some programs on Windows write backslashes, against the format.
        name = str(PurePosixPath(info.filename.replace("\\", "/")))
        if info.is_dir() or not counts(name):
            continue
        if name in seen:
            raise DataError(f"{path} holds {name} twice.", "Zip the data set again.")
        seen.add(name)
        yield Member(name, info.file_size, partial(_read, archive, info, name))


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    try:
        with archive.open(info) as file:
            return file.read(LIMIT_BYTES)
    except _BROKEN as error:
        raise PictureError(
            f"{name} cannot be unpacked: {error or type(error).__name__}.", "Zip it again."
        ) from error


@contextlib.contextmanager
def open_folder(path: Path) -> Iterator[list[Member]]:
    """Open a folder on disk as a tree.

    Raises
    ------
    DataError
        If a folder below it cannot be listed.
    """
    yield [
        Member(name, status.st_size, partial(_read_file, path / name, name))
        for name, status in walk(path)
    ]


def folder_signature(path: Path) -> tuple[str, int]:
    """Return what changes with any file below a folder, and the newest change's time in ns."""
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
    return sorted(_entered(path), key=_name)


def _entered(path: Path) -> list[tuple[str, os.stat_result]]:
    """List the same folder by folder, in no order, which costs least."""
    status = path.stat()
    entered = {(status.st_dev, status.st_ino)}
    files: list[tuple[str, os.stat_result]] = []
    waiting = [(path, "")]
    while waiting:
        folder, prefix = waiting.pop()
        # Sorted, so that of two links to one folder the same is always entered.
        for name, status in sorted(_list(folder, prefix, files), key=_name):
            if (status.st_dev, status.st_ino) not in entered:
                entered.add((status.st_dev, status.st_ino))
                waiting.append((folder / name, f"{prefix}{name}/"))
    return files


def _name(entry: tuple[str, os.stat_result]) -> str:
    return entry[0]


def _list(
    folder: Path, prefix: str, files: list[tuple[str, os.stat_result]]
) -> list[tuple[str, os.stat_result]]:
    """Add the files of one folder to ``files``, and return its folders."""
    folders = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if counts(entry.name):
                    status = _status(entry)
                    if stat.S_ISDIR(status.st_mode):
                        folders.append((entry.name, status))
                    else:
                        files.append((prefix + entry.name, status))
    except OSError as error:
        raise DataError(
            f"Cannot list the folder {folder}: {error.strerror}.",
            "Give yourself the right to list it.",
        ) from error
    return folders


def _status(entry: os.DirEntry[str]) -> os.stat_result:
    """Look at a file, or at the link itself where that leads nowhere."""
    try:
        return entry.stat()
    except OSError:
        return entry.stat(follow_symlinks=False)


def _read_file(file: Path, name: str) -> bytes:
    try:
        # Opening a pipe would wait for ever.
        if not file.is_file():
            raise PictureError(f"{name} is not a regular file.", "Put the picture in its place.")
        with file.open("rb") as opened:
            return opened.read(LIMIT_BYTES)
    except OSError as error:
        raise PictureError(
            f"{name} cannot be read: {error.strerror}.", "Give yourself the right to read it."
        ) from error
