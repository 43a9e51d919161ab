"""Reads pictures that lie in folders named after their class, on disk or in a zip."""

from __future__ import annotations

import dataclasses
import hashlib
import lzma
import os
import stat
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath

from mien.data.labels import CLASSES, label_of_name, split_of_path
from mien.data.record import LIMIT_BYTES, Complaints, Record
from mien.errors import DataError, PictureError

_JPEG = {".jpg", ".jpeg", ".jpe", ".jfif"}
_PICTURES = {*_JPEG, ".png", ".bmp", ".gif", ".pgm", ".ppm", ".pnm", ".tif", ".tiff", ".webp"}

# What lies beside the pictures in published data sets and means nothing to us.
_TEXTS = (".txt", ".md", ".rst", ".html", ".pdf", ".log", ".py", ".ipynb", ".sha256", ".md5")
_TABLES = (".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".toml", ".parquet")
_BESIDE = _TEXTS + _TABLES
_BESIDE_NAMES = {"readme", "license", "licence", "copying", "thumbs.db", "desktop.ini"}

_LAYOUT = "Lay the pictures out as CLASS/*.jpg, or as train/CLASS/*.jpg and test/CLASS/*.jpg."


@dataclasses.dataclass(frozen=True)
class Member:
    """A file in a tree, not yet read."""

    name: str
    """Its path inside the tree, with forward slashes."""
    size: int
    """Its size in bytes once unpacked."""
    read: Callable[[], bytes]
    """Reads it; raises PictureError if that fails."""


def wanted(name: str) -> bool:
    """Tell whether a file counts: it is not hidden, and no text that lies beside pictures."""
    # Without pathlib, since every file is asked about before the cache is used.
    if name.startswith((".", "__MACOSX")) or "/." in name or "/__MACOSX/" in name:
        return False
    file = name.rpartition("/")[2].lower()
    return not file.endswith(_BESIDE) and file not in _BESIDE_NAMES


def tree_records(path: Path, members: list[Member], complaints: Complaints) -> Iterator[Record]:
    """Read the pictures of a tree in the order of their names.

    Parameters
    ----------
    path
        The tree's zip or folder, for errors.
    members
        Its files that count.
    complaints
        Where bad pictures are reported.

    Raises
    ------
    DataError
        If there are no pictures, or some lie in a folder that is no class.
    """
    pictures = [each for each in members if _is_picture(each.name)]
    if not pictures:
        raise DataError(f"Expected labelled pictures in {path}, found none.", _LAYOUT)
    _check_folders(path, pictures)
    complaints.total = len(members)
    for member in sorted(members, key=lambda each: each.name):
        record = _record(member, complaints)
        if record is not None:
            yield record


def _is_picture(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _PICTURES


def _check_folders(path: Path, pictures: Iterable[Member]) -> None:
    """Refuse a tree in which a picture's folder is no class."""
    folders = {PurePosixPath(each.name).parent for each in pictures}
    unknown = sorted(str(folder) for folder in folders if label_of_name(folder.name) is None)
    if not unknown:
        return
    if unknown == ["."]:
        raise DataError(f"The pictures in {path} lie in no class folder.", _LAYOUT)
    more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
    named = ", ".join(repr(folder) for folder in unknown[:3])
    raise DataError(
        f"Expected class folders in {path}, found pictures in {named}{more}.",
        f"Rename or remove what is no class; the classes are {CLASSES}.",
    )


def _record(member: Member, complaints: Complaints) -> Record | None:
    """Read one file; a bad one is reported and gives None."""
    parts = PurePosixPath(member.name).parts
    if not _is_picture(member.name):
        complaints.report(f"{member.name} is neither a picture nor a text beside them.")
        return None
    if member.size > LIMIT_BYTES:
        complaints.report(f"{member.name} takes {member.size:,} bytes, over {LIMIT_BYTES:,}.")
        return None
    try:
        data = member.read()
    except PictureError as error:
        complaints.report(error.problem)
        return None
    label = label_of_name(parts[-2])
    assert label is not None, "checked for every folder before"
    return Record(member.name, label, split_of_path(parts), data)


_MOST_GROWTH = 100
"""A zip that unpacks to more times its own size is no data set but a bomb."""

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


def zip_records(path: Path, complaints: Complaints) -> Iterator[Record]:
    """Read the pictures in a zip, see `tree_records`.

    Raises
    ------
    DataError
        If the file is no zip, is encrypted, or is unsafe to unpack.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise DataError(
            f"Expected a zip in {path}, got something else or part of one: {error}.",
            "Download it again, or name an unpacked folder.",
        ) from error
    with archive:
        _check(path, archive.infolist())
        yield from tree_records(path, list(_members(path, archive)), complaints)


def _check(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    """Refuse what no honest zip of pictures holds."""
    for info in infos:
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
    if unpacked > _MOST_GROWTH * packed:
        raise DataError(
            f"{path} unpacks from {packed:,} to {unpacked:,} bytes, over {_MOST_GROWTH} times"
            " its size.",
            "If you trust it, unpack it and name the folder.",
        )


def _escapes(name: str) -> bool:
    """Tell whether a name would be written outside of the folder that a zip is unpacked to."""
    windows = PureWindowsPath(name)
    return ".." in windows.parts or bool(windows.drive or windows.root)


def _members(path: Path, archive: zipfile.ZipFile) -> Iterator[Member]:
    """List the files that count, each once."""
    seen = set()
    for info in archive.infolist():
        # Some programs on Windows write backslashes, against the format.
        name = str(PurePosixPath(info.filename.replace("\\", "/")))
        if info.is_dir() or not wanted(name):
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


def folder_records(path: Path, complaints: Complaints) -> Iterator[Record]:
    """Read the pictures below a folder, see `tree_records`."""
    members = [
        Member(name, status.st_size, partial(_read_file, path / name, name))
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


def _read_file(file: Path, name: str) -> bytes:
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
