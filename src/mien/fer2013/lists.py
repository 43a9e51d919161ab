"""Reads the small CSV files that people and other programs write about faces."""

from __future__ import annotations

import csv
from pathlib import Path

from mien.errors import DataError


def read_lines(path: Path, fix: str) -> list[list[str]]:
    """Read the lines of a CSV that are not empty, the heading first.

    Parameters
    ----------
    path
        CSV in UTF-8; a byte order mark, which Excel writes, is left out.
    fix
        What the user can do where it is no such file.

    Raises
    ------
    DataError
        If the file cannot be read or is no CSV.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [line for line in csv.reader(file) if line]
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.", fix) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"Expected a CSV in {path}, got something else: {error}.", fix) from error
