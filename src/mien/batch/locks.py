"""Lets runs in one folder know of each other: which are alive, and which shards they are at.

Nothing depends on it but time and leftovers: two runs that know nothing of each other, as on a
drive without locks, write the same parts.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from mien.batch.writing import LEFTOVER
from mien.files import TEMPORARY, cannot_write, is_open_file

ALIVE = f"{TEMPORARY}run"
"""Every run holds a shared lock of this file."""

CLAIMS = f"{TEMPORARY}shards"
"""A run that reads shard N holds a lock of byte N of this file."""

_NAMES = (ALIVE, CLAIMS)


class Alive:
    """Says that a run is alive, from when it is made until `close` or the end of the process.

    What killed runs left in the folder is removed if this is the only run there.

    Parameters
    ----------
    folder
        The folder of outputs, which exists.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = _open(folder / ALIVE)
        while True:
            alone = _flock(self._file, exclusive=True, wait=False)
            if not alone:
                _flock(self._file, exclusive=False, wait=True)
            if is_open_file(self._file, folder / ALIVE):
                break
            # The last run has removed it in the meantime.
            self._file.close()
            self._file = _open(folder / ALIVE)
        if alone:
            _remove_leftovers(folder)
            _flock(self._file, exclusive=False, wait=True)

    def close(self) -> None:
        """End the run; the last one removes the files of locks."""
        if not self._file.closed:
            if _flock(self._file, exclusive=True, wait=False):
                for name in _NAMES:
                    with contextlib.suppress(OSError):
                        (self._folder / name).unlink(missing_ok=True)
            self._file.close()


class Claims:
    """The shards that this process reads, which others then leave to it.

    Parameters
    ----------
    folder
        The folder of outputs.
    """

    def __init__(self, folder: Path) -> None:
        self._file = _open(folder / CLAIMS)

    def take(self, shard: int) -> bool:
        """Claim a shard; return whether no other process has it."""
        fcntl = _fcntl()
        if fcntl is None:
            return True
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, shard)
        except (BlockingIOError, PermissionError):
            return False
        except OSError:
            # A drive without locks.
            return True
        return True

    def give_back(self, shard: int) -> None:
        """Leave a shard to others."""
        fcntl = _fcntl()
        if fcntl is not None:
            with contextlib.suppress(OSError):
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, shard)

    def close(self) -> None:
        """Leave all shards to others."""
        self._file.close()


@contextlib.contextmanager
def alive(folder: Path) -> Iterator[None]:
    """Say that a run is alive until the block ends; see `Alive`."""
    run = Alive(folder)
    try:
        yield
    finally:
        run.close()


def _open(path: Path) -> IO[bytes]:
    try:
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
    except OSError as error:
        raise cannot_write(path, error, setting="out") from error


def _fcntl() -> Any:
    """Return the module for locks; None under Windows, which has none."""
    try:
        import fcntl
    except ImportError:
        return None
    return fcntl


def _flock(file: IO[bytes], *, exclusive: bool, wait: bool) -> bool:
    """Lock a file for all or for one; return whether that is sure."""
    fcntl = _fcntl()
    if fcntl is None:
        return False
    kind = (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(file, kind)
    except OSError:
        return False
    return True


def _remove_leftovers(folder: Path) -> None:
    """Remove what killed runs left under temporary names."""
    for path in folder.glob(f"{LEFTOVER}*"):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
