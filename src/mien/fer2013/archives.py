"""Reads a zip of class folders without unpacking it to disk."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath

from mien.errors import DataError, PictureError
from mien.fer2013.complaints import Complaints
from mien.fer2013.record import LIMIT_BYTES, Record
from mien.fer2013.tree import Member, tree_records, wanted

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
