"""Looks at the folders that mien and its packages write to."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from mien.doctor.checks import Check, State
from mien.errors import OutputError
from mien.files import cache_folder, check_folder

_SCARCE = 1e9
"""Bytes; with less on the disk of the cache, a data set may not fit."""


def folders() -> Iterator[Check]:
    """Look at whether the home, the cache and the temporary folder can be written to."""
    yield _folder(
        "home folder",
        Path.home,
        "note",
        "Packages that keep settings in the home folder may complain.",
        "Set the environment variable HOME to a folder that you may write to.",
    )
    yield _folder(
        "cache folder",
        cache_folder,
        "broken",
        "Data sets cannot be read, and no network can be downloaded.",
        "Set the environment variable MIEN_CACHE to a folder that you may write to.",
    )
    yield _folder(
        "temporary folder",
        _temporary,
        "broken",
        "Training, and other packages, need a folder for temporary files.",
        "Set the environment variable TMPDIR to a folder that you may write to.",
    )


def _temporary() -> Path:
    """Return the folder for temporary files, after writing one."""
    with tempfile.TemporaryFile(prefix="mien-"):
        return Path(tempfile.gettempdir())


def _folder(
    name: str, find: Callable[[], Path], state: State, consequence: str, fix: str
) -> Check:
    """Look at one folder, which need not exist if it can be made.

    Parameters
    ----------
    name
        What it is.
    find
        Returns the folder.
    state
        How bad it is if it cannot be written to.
    consequence
        What does not work then.
    fix
        How to fix that.
    """
    try:
        folder = find()
        check_folder(folder)
        free = _free(folder)
    # pathlib raises a RuntimeError where there is no home folder.
    except (OutputError, OSError, RuntimeError) as error:
        problem = error.problem if isinstance(error, OutputError) else f"{error}."
        return Check(name, "cannot be written to", state, f"{problem} {consequence}", fix)
    value = f"{folder}, {free / 1e9:.1f} GB free"
    if free >= _SCARCE:
        return Check(name, value)
    problem = f"Less than {_SCARCE / 1e9:g} GB is free in {folder}. Data sets may not fit."
    return Check(name, value, "note", problem, f"Free some space. {fix}")


def _free(folder: Path) -> int:
    """Return the bytes that are free on the disk of a folder that need not exist yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free
