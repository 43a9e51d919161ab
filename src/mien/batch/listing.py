"""Lists the files that sources name, in an order that depends on their names alone."""

from __future__ import annotations

import functools
import glob
import os
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mien.batch.entries import Kind
from mien.batch.storage import Storage, explained, is_url
from mien.batch.text_lists import SUFFIX, lines_of
from mien.errors import DataError, SettingsError
from mien.files import canonical
from mien.image import SUFFIXES
from mien.media.own_files import MARK, written_by_mien
from mien.outputs.signs import Kind as OutputKind
from mien.outputs.signs import is_earlier_output
from mien.video import VIDEO_SUFFIXES

Listed = tuple[str, Kind, int | None]
"""A file: its name, what it holds, and its bytes if they are known."""

_CONTAINERS: dict[str, Kind] = {".parquet": "parquet", ".tar": "tar"}

_OWN_TABLES: tuple[OutputKind, ...] = ("pictures", "plan")

_ARCHIVES = {".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar"}

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")

_FIX = "Name folders, globs, text lists, Parquet or tar files with pictures; paths or URLs."


def relative(sources: Sequence[str]) -> bool:
    """Return whether what sources name depends on the folder that the process works in."""
    return any(not is_url(source) and not os.path.isabs(source) for source in sources)


class Lister:
    """Lists the files that sources name.

    Parameters
    ----------
    storage
        Opens text lists, and file systems behind URLs.
    out
        The folder of outputs, which is never searched.
    """

    def __init__(self, storage: Storage, out: Path) -> None:
        self._storage = storage
        self._out = canonical(out)
        self.left_out: Counter[str] = Counter()
        """How many files of folders and globs were left out, by extension, or as ``"mien"`` what
        mien wrote."""

    def files(self, sources: Sequence[str]) -> Iterator[Listed]:
        """Yield the files of all sources, in order.

        Raises
        ------
        SettingsError
            If a source is empty, or neither a picture nor anything that holds some.
        DataError
            If a source does not exist, names no picture, or cannot be read.
        """
        for source in sources:
            if not source.strip():
                raise SettingsError("The name of a source is empty.", _FIX, "sources")
            for name in self._spread(source):
                any_file = False
                for listed in self._remote(name) if is_url(name) else self._local(name):
                    any_file = True
                    yield listed
                if not any_file:
                    raise DataError(f"There are no pictures in {name}.", _FIX, "sources")

    def _spread(self, source: str) -> Iterator[str]:
        """Yield the names that braces such as ``{000..099}`` stand for."""
        match = _RANGE.search(source)
        if match is None or (not is_url(source) and self._exists(source)):
            yield source
            return
        first, last = int(match[1]), int(match[2])
        for number in range(first, last + 1):
            digits = str(number).zfill(len(match[1]))
            yield from self._spread(source[: match.start()] + digits + source[match.end() :])

    def _exists(self, name: str) -> bool:
        return os.path.exists(self._storage.local(name))

    def _local(self, name: str) -> Iterator[Listed]:
        """Yield the files of a folder, glob, list or file on this machine."""
        path = self._storage.local(name)
        if os.path.isdir(path):
            yield from self._folder(path, name.rstrip("/"), ())
        elif self._exists(name) or not any(sign in name for sign in "*?["):
            yield from self._file(name)
        else:
            for match in sorted(glob.glob(path, recursive=True)):
                shown = match if os.path.isabs(name) else os.path.relpath(
                    match, self._storage.local("")
                )
                if os.path.isfile(match):
                    yield from self._kept(shown, functools.partial(_size_of_file, match))

    def _remote(self, url: str) -> Iterator[Listed]:
        """Yield the files of a folder, glob, list or file behind a URL."""
        system, path = self._storage.remote(url)
        if any(sign in path for sign in "*?[") and not url.startswith("http"):
            with explained(url):
                found = system.glob(path, detail=True)
            for name, info in sorted(found.items()):
                if info["type"] == "file":
                    yield from self._kept(system.unstrip_protocol(name), _size(info))
            return
        with explained(url):
            folder = not url.startswith("http") and system.info(path)["type"] == "directory"
        yield from self._remote_folder(system, path) if folder else self._file(url)

    def _file(self, name: str) -> Iterator[Listed]:
        """Yield a file that a source names by itself, or the files of a text list."""
        suffix = posixpath.splitext(name)[1].lower()
        if suffix == SUFFIX:
            for line in lines_of(self._storage, name):
                kind = _CONTAINERS.get(posixpath.splitext(line)[1].lower(), "file")
                # To ask for the size of every picture would take longer than to list them.
                yield line, kind, None if kind == "file" else self._storage.size(line)
            return
        if suffix in _ARCHIVES:
            raise SettingsError(
                f"{name} is an archive in a format that is not read.",
                "Unpack it, or pack it anew as a plain .tar file.",
                "sources",
            )
        if suffix in VIDEO_SUFFIXES:
            raise SettingsError(
                f"{name} is a clip, by its file extension.", "mien detect reads clips.", "sources"
            )
        size = self._storage.size(name)
        if suffix not in SUFFIXES and suffix not in _CONTAINERS:
            raise SettingsError(
                f"{name} is neither a picture nor anything that holds some, by its file extension.",
                _FIX,
                "sources",
            )
        yield name, _CONTAINERS.get(suffix, "file"), size

    def _folder(self, path: str, name: str, within: tuple[str, ...]) -> Iterator[Listed]:
        """Yield the files of a folder, and then those of its subfolders."""
        place = os.path.realpath(path)
        # A link may lead back into a folder that is being searched.
        if place in within or Path(place) == self._out:
            return
        files, folders = _names_in(path, name)
        for file in files:
            size = functools.partial(_size_of_file, f"{path}/{file}")
            yield from self._kept(f"{name}/{file}", size)
        for folder in folders:
            yield from self._folder(f"{path}/{folder}", f"{name}/{folder}", (*within, place))

    def _remote_folder(self, system: Any, path: str) -> Iterator[Listed]:
        """Yield the files of a folder behind a URL, and then those of its subfolders."""
        with explained(system.unstrip_protocol(path)):
            found = sorted(system.ls(path, detail=True), key=lambda info: str(info["name"]))
        inside = [info for info in found if info["name"].rstrip("/") != path.rstrip("/")]
        visible = [info for info in inside if not _base(info).startswith(".")]
        for info in visible:
            if info["type"] == "file":
                yield from self._kept(system.unstrip_protocol(info["name"]), _size(info))
        for info in visible:
            if info["type"] == "directory":
                yield from self._remote_folder(system, info["name"])

    def _kept(self, name: str, size: Callable[[], int | None]) -> Iterator[Listed]:
        """Yield a file found in a folder or by a glob, unless it is to be left out."""
        suffix = posixpath.splitext(name)[1].lower()
        kind = _CONTAINERS.get(suffix) or ("file" if suffix in SUFFIXES else None)
        if kind is None:
            self.left_out[suffix] += 1
        elif not is_url(name) and self._is_own(name, kind):
            self.left_out["mien"] += 1
        else:
            yield name, kind, size()

    def _is_own(self, name: str, kind: Kind) -> bool:
        """Return whether mien wrote a file: an annotated copy, a table, or a plan."""
        path = Path(self._storage.local(name))
        if kind == "file":
            return path.stem.endswith(MARK) and written_by_mien(path)
        return kind == "parquet" and any(
            is_earlier_output(path, one, "parquet") for one in _OWN_TABLES
        )


def _names_in(path: str, name: str) -> tuple[list[str], list[str]]:
    """Return the sorted names of the files and of the folders in a folder, but for hidden ones.

    Names alone are kept, since a folder may hold millions of files.
    """
    files: list[str] = []
    folders: list[str] = []
    with explained(name), os.scandir(path) as found:
        for entry in found:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                folders.append(entry.name)
            # A link that leads nowhere is a picture that cannot be read.
            elif entry.is_file() or entry.is_symlink():
                files.append(entry.name)
    return sorted(files), sorted(folders)


def _size_of_file(path: str) -> int | None:
    """Return the bytes of a file; None if it is gone, which its row will say."""
    try:
        return os.path.getsize(path)
    except OSError:
        return None


def _base(info: Any) -> str:
    return posixpath.basename(str(info["name"]).rstrip("/"))


def _size(info: Any) -> Callable[[], int | None]:
    return lambda: info.get("size")
