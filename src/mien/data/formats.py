"""Tells which kind of data set a path is."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from mien.data.class_folders import folder_records, folder_sha256, folder_signature, zip_records
from mien.data.csv import csv_records
from mien.data.parquet import parquet_records
from mien.data.record import Complaints, Record
from mien.errors import DataError

Reading = Callable[[Path, Complaints], Iterator[Record]]

_BY_SUFFIX: dict[str, Reading] = {
    ".zip": zip_records,
    ".csv": csv_records,
    ".parquet": parquet_records,
}
_BY_START: dict[bytes, Reading] = {
    b"PK\x03\x04": zip_records,
    b"PK\x05\x06": zip_records,
    b"PAR1": parquet_records,
}


@dataclasses.dataclass(frozen=True)
class Source:
    """A data set on disk, not yet read."""

    path: Path
    records: Reading
    """Reads it."""
    signature: Callable[[Path], tuple[str, int]]
    """Gives at little cost what changes when the data does, and the time of the newest change."""
    sha256: Callable[[Path], str]
    """Hashes its content."""


def find_source(path: Path) -> Source:
    """Tell how a data set is to be read.

    Raises
    ------
    DataError
        If there is nothing at the path, or nothing that can be a data set.
    """
    try:
        if path.is_dir():
            return Source(path, folder_records, folder_signature, folder_sha256)
        if path.is_file():
            return Source(path, _reading(path), _file_signature, _file_sha256)
    except OSError as error:
        raise DataError(
            f"Cannot read {path}: {error.strerror}.", "Give yourself the right to read it."
        ) from error
    found = "something else" if path.exists() else "nothing there"
    raise DataError(
        f"Expected a data set at {path}, found {found}.",
        "Name FER-2013 as a zip, folder, CSV or Parquet file.",
    )


def _reading(path: Path) -> Reading:
    """Choose by what the file starts with, or else by what its name ends with."""
    with path.open("rb") as file:
        reading = _BY_START.get(file.read(4)) or _BY_SUFFIX.get(path.suffix.lower())
    if reading is None:
        raise DataError(
            f"Expected a data set in {path}, but a {path.suffix or 'nameless'} file is none.",
            "Name FER-2013 as a zip, folder, CSV or Parquet file.",
        )
    return reading


def _file_signature(path: Path) -> tuple[str, int]:
    status = path.stat()
    newest = max(status.st_mtime_ns, status.st_ctime_ns)
    parts = status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns
    return "-".join(map(str, parts)), newest


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
