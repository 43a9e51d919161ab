"""Reads pictures that lie in folders named after their class, on disk or in a zip."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

from mien.errors import DataError, PictureError
from mien.fer2013.complaints import Complaints
from mien.fer2013.labels import CLASSES, label_of_name, split_of_path
from mien.fer2013.record import LIMIT_BYTES, Record

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
