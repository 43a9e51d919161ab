"""Writes the files of a run: completely and on the disk, or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mien.files import TEMPORARY, begin, cannot_write, finish

LEFTOVER = f"{TEMPORARY}batch-"
"""What the names of the files begin with until they are complete. Other commands may write into the
same folder, so what they left there has another beginning."""


@contextlib.contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing, and put it in its place when the block ends without an error.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with begun(path) as part:
        with part.open("wb") as file:
            yield file
            to_disk(file)
        finish(part, path, setting="out")
        folder_to_disk(path.parent)


@contextlib.contextmanager
def begun(path: Path) -> Iterator[Path]:
    """Make the temporary file of a file, which is removed at the end if it is still there.

    Raises
    ------
    OutputError
        If it, or what is written to it in the block, cannot be written.
    """
    part = begin(path, setting="out", prefix=LEFTOVER)
    try:
        yield part
    except OSError as error:
        raise cannot_write(path, error, setting="out") from error
    finally:
        part.unlink(missing_ok=True)


def to_disk(file: IO[bytes]) -> None:
    """Let the disk have what was written to a file before more is done, in case the power fails."""
    file.flush()
    os.fsync(file.fileno())


def folder_to_disk(folder: Path) -> None:
    """Let the disk have the names in a folder."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        # Windows opens no folders.
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
