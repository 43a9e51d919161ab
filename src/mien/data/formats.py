"""Tells which kind of data set a path is."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from mien.classes import FER2013, Vocabulary
from mien.data.class_folders import tree_records, tree_vocabulary
from mien.data.fer2013_csv import csv_records
from mien.data.parquet import parquet_records, parquet_vocabulary
from mien.data.record import BadRecords, Record
from mien.data.tree_files import OpenTree, folder_sha256, folder_signature, open_folder, open_zip
from mien.errors import DataError
from mien.settings.limits import DEFAULT_LIMITS, LimitSettings


@dataclasses.dataclass(frozen=True)
class Format:
    """How a kind of data set is read."""

    vocabulary: Callable[[Path], Vocabulary]
    """Returns its classes."""
    records: Callable[[Path, Vocabulary, BadRecords], Iterator[Record]]
    """Reads its pictures."""


@dataclasses.dataclass(frozen=True)
class Source(Format):
    """A data set on disk, not yet read."""

    path: Path
    signature: Callable[[Path], tuple[str, int]]
    """Returns at little cost what changes with the data, and the time of the newest change."""
    sha256: Callable[[Path], str]
    """Hashes its content."""


def _tree(open_tree: OpenTree) -> Format:
    def records(path: Path, vocabulary: Vocabulary, bad: BadRecords) -> Iterator[Record]:
        return tree_records(path, open_tree, vocabulary, bad)

    return Format(partial(tree_vocabulary, open_tree=open_tree), records)


def _zip(limits: LimitSettings) -> Format:
    return _tree(partial(open_zip, limits=limits))


def _csv(limits: LimitSettings) -> Format:
    """Return FER-2013's own format, with the columns emotion and pixels."""
    longest = limits.max_csv_line
    return Format(lambda path: FER2013, lambda path, _, bad: csv_records(path, bad, longest))


def _parquet(limits: LimitSettings) -> Format:
    return Format(parquet_vocabulary, parquet_records)


_BY_SUFFIX = {".zip": _zip, ".csv": _csv, ".parquet": _parquet}
_BY_START = {b"PK\x03\x04": _zip, b"PK\x05\x06": _zip, b"PAR1": _parquet}

_FIX = "Name a folder or zip with one folder for each class, a CSV such as fer2013.csv, or Parquet."


def find_source(path: Path, limits: LimitSettings = DEFAULT_LIMITS) -> Source:
    """Tell how a data set is to be read.

    Parameters
    ----------
    path
        As for `mien.data.read`.
    limits
        What is refused when it is read.

    Raises
    ------
    DataError
        If there is nothing at the path, or nothing that can be a data set.
    """
    try:
        if path.is_dir():
            return _source(_tree(open_folder), path, folder_signature, folder_sha256)
        if path.is_file():
            return _source(_format(path)(limits), path, _file_signature, _file_sha256)
    except OSError as error:
        raise DataError(
            f"Cannot read {path}: {error.strerror}.", "Give yourself the right to read it."
        ) from error
    there = "something else" if path.exists() else "nothing there"
    raise DataError(f"Expected a data set at {path}, found {there}.", _FIX)


def _source(
    kind: Format,
    path: Path,
    signature: Callable[[Path], tuple[str, int]],
    sha256: Callable[[Path], str],
) -> Source:
    return Source(kind.vocabulary, kind.records, path, signature, sha256)


def _format(path: Path) -> Callable[[LimitSettings], Format]:
    """Choose by what the file starts with, or else by what its name ends with."""
    with path.open("rb") as file:
        kind = _BY_START.get(file.read(4)) or _BY_SUFFIX.get(path.suffix.lower())
    if kind is None:
        raise DataError(
            f"Expected a data set in {path}, but a {path.suffix or 'nameless'} file is not one.",
            _FIX,
        )
    return kind


def _file_signature(path: Path) -> tuple[str, int]:
    status = path.stat()
    newest = max(status.st_mtime_ns, status.st_ctime_ns)
    parts = status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns
    return "-".join(map(str, parts)), newest


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
