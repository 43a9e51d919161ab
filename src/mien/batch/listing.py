"""Lists the files that sources name, in an order that depends on their names alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mien.batch.entries import Kind
from mien.batch.storage import Storage
from mien.image import SUFFIXES
from mien.settings import BatchSettings

Listed = tuple[str, Kind, int | None]
"""A file: its name, what it holds, and its size in bytes if known."""

_CONTAINERS: dict[str, Kind] = {".parquet": "parquet", ".tar": "tar"}


def kind_of(name: str) -> Kind | None:
    """Return what a file holds by its extension; None if that is no picture's."""
    suffix = os.path.splitext(name)[1].lower()
    return _CONTAINERS.get(suffix) or ("file" if suffix in SUFFIXES else None)


def list_files(settings: BatchSettings, storage: Storage) -> Iterator[Listed]:
    """Yield the files that the sources name."""
    for source in settings.sources:
        yield from _folder(storage.local(source), source)


def _folder(folder: Path, name: str) -> Iterator[Listed]:
    """Yield the files of a folder, and then those of its subfolders."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        kind = kind_of(entry.name)
        if kind is not None and not entry.name.startswith(".") and entry.is_file():
            yield f"{name}/{entry.name}", kind, entry.stat().st_size
    for entry in entries:
        if entry.is_dir() and not entry.name.startswith("."):
            yield from _folder(Path(entry.path), f"{name}/{entry.name}")


def relative(sources: Sequence[str]) -> bool:
    """Return whether a source depends on the folder that the process works in."""
    return any(not os.path.isabs(source) for source in sources)
