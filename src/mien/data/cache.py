"""Keeps read data sets as arrays that are mapped from disk, one folder for each content.

Layout: ``VERSION/SHA256/48x48-gray/`` with four .npy files and ``meta.json``, and the same for
other sizes and colours; ``VERSION/index/`` holds, for each path that was read, the content that it
held and what shows that it still does.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mien.classes import Vocabulary
from mien.data.formats import Source
from mien.data.photos import WholePhotos
from mien.data.samples import Samples
from mien.errors import DataError, OutputError
from mien.files import TEMPORARY
from mien.models.info import InputSpec

_VERSION = "faces-v2"
"""Changes with the layout, and with how pictures are brought to a size; older ones are not read.

Version 1 knew neither classes nor sizes other than FER-2013's.
"""

_ARRAYS = ("images", "labels", "splits", "names")

_SETTLED_NS = 2 * 10**9
"""A file changed less than this ago may change again without its times showing it."""


@dataclasses.dataclass(frozen=True)
class Kept:
    """A data set in the cache."""

    folder: Path
    """Where it is: the folder is called by the faces' size and colour, the one above by content."""

    @property
    def size(self) -> int:
        """Size of its files in bytes."""
        return sum(file.stat().st_size for file in self.folder.iterdir() if file.is_file())

    def damaged(self) -> tuple[str, ...]:
        """Return the names of the files that are missing or have changed."""
        try:
            meta = json.loads((self.folder / "meta.json").read_text(encoding="utf-8"))
            expected = {f"{name}.npy": str(meta["digests"][name]) for name in _ARRAYS}
        except (OSError, ValueError, KeyError, TypeError):
            return ("meta.json",)
        return tuple(
            name for name, digest in expected.items() if not _has_digest(self.folder / name, digest)
        )


_ABANDONED = 24 * 60 * 60
"""Seconds after which what is not complete never will be: the largest data takes minutes."""


class Cache:
    """Read data sets by content.

    Parameters
    ----------
    folder
        Where they are kept; created when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / _VERSION

    def sha256(self, source: Source) -> str:
        """Return the hash of a source's content, from the index where that still holds."""
        signature, newest = source.signature(source.path)
        name = hashlib.sha256(os.fsencode(source.path.resolve())).hexdigest()
        entry = self.folder / "index" / f"{name}.json"
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            known = json.loads(entry.read_text(encoding="utf-8"))
            if known["signature"] == signature:
                return str(known["sha256"])
        sha256 = source.sha256(source.path)
        if time.time_ns() - newest > _SETTLED_NS and signature == source.signature(source.path)[0]:
            text = json.dumps({"signature": signature, "sha256": sha256})
            with self._replacing(entry) as temporary:
                temporary.write_text(text, encoding="utf-8")
        return sha256

    def load(self, sha256: str, spec: InputSpec) -> Samples | None:
        """Map a kept data set; None if it is missing or damaged."""
        place = self._place(sha256, spec)
        try:
            meta = json.loads((place / "meta.json").read_text(encoding="utf-8"))
            arrays = {name: _load(place, name, meta) for name in _ARRAYS}
            photos = meta["whole_photos"]
            return Samples(
                **arrays,
                sha256=sha256,
                skipped=tuple(map(str, meta["problems"])),
                vocabulary=Vocabulary.from_list(meta["classes"]),
                whole_photos=None if photos is None else WholePhotos(*map(int, photos)),
            )
        except (OSError, ValueError, KeyError, TypeError, EOFError, DataError):
            # Reading the data again repairs it.
            return None

    def kept(self) -> Iterator[Kept]:
        """Yield the data sets that are kept, damaged ones included."""
        for folder in sorted(self.folder.glob("*/*x*-*")):
            if folder.is_dir() and not folder.name.startswith("new-"):
                yield Kept(folder)

    def store(self, samples: Samples, spec: InputSpec) -> None:
        """Keep a data set; its ``skipped`` holds the problems without the path.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        photos = samples.whole_photos
        meta: dict[str, Any] = {
            "classes": samples.vocabulary.to_list(),
            "problems": samples.skipped,
            "whole_photos": photos and [photos.width, photos.height],
            "digests": {},
        }
        with self._replacing(self._place(samples.sha256, spec)) as temporary:
            temporary.mkdir()
            for name in _ARRAYS:
                np.save(temporary / f"{name}.npy", getattr(samples, name), allow_pickle=False)
                meta["digests"][name] = _digest(temporary / f"{name}.npy")
            (temporary / "meta.json").write_text(json.dumps(meta), encoding="utf-8")

    def _place(self, sha256: str, spec: InputSpec) -> Path:
        return self.folder / sha256 / f"{spec.width}x{spec.height}-{spec.colour}"

    @contextlib.contextmanager
    def _replacing(self, place: Path) -> Iterator[Path]:
        """Yield a place next to another, which it replaces once it is complete."""
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(place.parent)
            with tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=place.parent) as temporary:
                new, old = Path(temporary) / "new", Path(temporary) / "old"
                yield new
                if place.is_dir():
                    # A folder cannot be replaced at once; the damaged one goes first.
                    place.replace(old)
                _put(new, place)
        except OSError as error:
            raise OutputError(
                f"Cannot keep the data that was read in {place.parent}:"
                # numpy does not say why it could not write all.
                f" {error.strerror or 'not all of it could be written'}.",
                "Name a folder that you may write to, with room, in MIEN_CACHE.",
            ) from error


def _remove_abandoned(folder: Path) -> None:
    """Remove what processes left that were killed as they wrote, once nobody can be writing it."""
    for part in folder.glob(f"{TEMPORARY}*"):
        # Another process may remove it at the same time.
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _ABANDONED:
                shutil.rmtree(part)


def _put(new: Path, place: Path) -> None:
    """Move what is complete to its place, unless another process was faster."""
    try:
        new.replace(place)
    except OSError:
        if not place.is_dir():
            raise


def _load(place: Path, name: str, meta: dict[str, Any]) -> Any:
    file = place / f"{name}.npy"
    if _digest(file) != meta["digests"][name]:
        raise ValueError("damaged")
    mode: Any = "r" if name == "images" else None
    return np.load(file, mmap_mode=mode, allow_pickle=False)


def _has_digest(file: Path, digest: str) -> bool:
    try:
        return _digest(file) == digest
    except OSError:
        return False


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
