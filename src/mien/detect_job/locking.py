"""Keeps two runs from writing into one folder at the same time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from mien.errors import OutputError
from mien.files import cannot_write, is_open_file


def open_alone(path: Path) -> IO[bytes]:
    """Open a file for reading and writing that no other run has open; make it if need be.

    It is free again when it is closed or the process ends, however that happens. Windows and some
    network drives know no such locks; there, any run gets the file.

    Raises
    ------
    OutputError
        If another run has it, or it cannot be opened.
    """
    try:
        while True:
            file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
            if not _lock(file):
                file.close()
                raise OutputError(
                    f"Another run is writing into the folder {path.parent} now.",
                    "Wait for its end, or choose another folder.",
                    "out",
                )
            if is_open_file(file, path):
                return file
            # The run that had it has removed it in the meantime.
            file.close()
    except OSError as error:
        raise cannot_write(path, error, setting="out") from error


def _lock(file: IO[bytes]) -> bool:
    """Lock a file until it is closed; return whether no other process has locked it."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
