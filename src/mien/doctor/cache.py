"""Looks at the folder where mien keeps what it has read and downloaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from mien.data.cache import Cache, Kept
from mien.doctor.checks import Check
from mien.errors import OutputError
from mien.files import cache_folder
from mien.words import counted, file_size

CHECKED = 300_000_000
"""Bytes of cached data sets that are checked unless all are to be: about a second of work."""


def cache(thorough: bool = False) -> Iterator[Check]:
    """Look at the cache folder and at each data set in it.

    Parameters
    ----------
    thorough
        Whether to check every data set, however long that takes; otherwise small ones come first,
        up to `CHECKED` bytes altogether.
    """
    try:
        folder = cache_folder()
    except OutputError as error:
        yield Check("folder", "none", "note", error.problem, error.fix)
        return
    yield Check("folder", _contents(folder))
    left, intact = None if thorough else CHECKED, []
    for kept in sorted(Cache(folder).kept(), key=lambda one: one.size):
        if left is not None and kept.size > left:
            yield Check(_name(kept), f"{file_size(kept.size)}, not checked (option thorough)")
            continue
        left = None if left is None else left - kept.size
        if damaged := kept.damaged():
            yield _damaged(kept, damaged)
        else:
            intact.append(kept.size)
    if intact:
        yield Check("data sets", f"{len(intact):,} undamaged, {file_size(sum(intact))}")


def _contents(folder: Path) -> str:
    """Say where the folder is, and how much is in it."""
    if not folder.is_dir():
        return f"{folder}, not there yet"
    sizes = [path.lstat().st_size for path in folder.rglob("*") if path.is_file()]
    return f"{folder}, {counted(len(sizes), 'file')}, {file_size(sum(sizes))}"


def _damaged(kept: Kept, files: Sequence[str]) -> Check:
    """Say which files of a data set no longer have the hashes that were kept of them."""
    return Check(
        _name(kept),
        f"{file_size(kept.size)}, damaged",
        "broken",
        f"A cached data set is damaged: {', '.join(files)} in {kept.folder}. The disk or the"
        " memory may be failing.",
        "mien reads the data again where its source is; otherwise delete that folder.",
    )


def _name(kept: Kept) -> str:
    """Return how a data set is called: by its content and the size and colour of its faces."""
    return f"data {kept.folder.parent.name[:12]} {kept.folder.name}"
