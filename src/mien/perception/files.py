"""Writes files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mien.errors import SettingsError


def write(path: Path, data: bytes, fix: str) -> None:
    """Write a file through a temporary one beside it, so that no reader sees half of it.

    Parameters
    ----------
    path
        The file; one that stands there is replaced.
    data
        What it shall hold.
    fix
        What the user can do where it cannot be written.

    Raises
    ------
    SettingsError
        If the folder is missing or may not be written to, or the disk is full.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=".mien-", dir=path.parent)
    except OSError as error:
        raise _refusal(path, error, fix) from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # mkstemp leaves the file to its owner alone; a new file is for whom the umask says.
        part.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _refusal(path, error, fix) from error


def check_folder(path: Path, fix: str) -> None:
    """Refuse a file that could not be written, before any work is done for it.

    Raises
    ------
    SettingsError
        If its folder is missing or may not be written to, or the path is a folder.
    """
    folder = path.parent
    if path.is_dir():
        raise SettingsError(f"Cannot write {path}: it is a folder.", fix)
    if not folder.is_dir():
        raise SettingsError(f"Cannot write {path}: there is no folder {folder}.", fix)
    if not os.access(folder, os.W_OK):
        raise SettingsError(f"Cannot write {path}: the folder {folder} is read-only.", fix)


def _umask() -> int:
    """Read the umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _refusal(path: Path, error: OSError, fix: str) -> SettingsError:
    """Say in one sentence why a file was not written."""
    return SettingsError(f"Cannot write {path}: {error.strerror or error}.", fix)
