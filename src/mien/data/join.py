"""Joins the small files that people and other programs write about faces with the faces."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from mien.data.csv_files import open_csv
from mien.errors import DataError
from mien.words import counted

_FACES = ("file", "name")
"""Names that the column of faces may have."""

_EXAMPLES = 3
"""Faces that a message names, of those that do not fit."""


def read_lines(path: Path, fix: str, setting: str | None = None) -> list[list[str]]:
    """Read the non-empty lines of a CSV, the heading first.

    Parameters
    ----------
    path
        CSV, as for `mien.data.csv_files.open_csv`.
    fix
        What the user can do if it is not such a file.
    setting
        The setting that names the file.

    Raises
    ------
    DataError
        If the file cannot be read or is not a CSV.
    """
    try:
        with open_csv(path) as lines:
            return [line for line in lines if line]
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"Cannot read {path}: {reason}.", fix, setting) from error
    except (UnicodeDecodeError, csv.Error) as error:
        problem = f"Expected a CSV in {path}, got something else: {error}."
        raise DataError(problem, fix, setting) from error


def with_faces(heading: Sequence[str], column: str) -> list[str]:
    """Return the names of the columns, with a fixed name for the column of faces.

    Parameters
    ----------
    heading
        The names as the file writes them.
    column
        ``"file"`` or ``"name"``, what the column of faces is called in the result. If the file has
        no such column, the other name counts too, and upper and lower case do not matter.
    """
    names = [name.strip() for name in heading]
    if column in names:
        return names
    lower = [name.lower() for name in names]
    meant = next((name for name in (column, *_FACES) if name in lower), None)
    if meant is not None:
        names[lower.index(meant)] = column
    return names


def match_names(
    listed: Sequence[str],
    names: Sequence[str],
    source: str | Path,
    fix: str | None = None,
    setting: str | None = None,
) -> NDArray[np.intp]:
    """Find in a data set the faces that a file lists; every join by name goes through here.

    A face is found by its whole name, or by its file's name (what follows the last slash) where
    only one face of the data has it.

    Parameters
    ----------
    listed
        What the file lists, each face once.
    names
        All names in the data, as `Samples.names`.
    source
        The file, for messages.
    fix
        What the user can do if the two do not fit.
    setting
        The setting that names the file.

    Returns
    -------
    numpy.ndarray
        The row in ``names`` of each listed face, ``intp [M]``.

    Raises
    ------
    DataError
        If a listed face is not in the data, or two mean the same one.
    """
    rows = {name: row for row, name in enumerate(names)}
    files = Counter(PurePosixPath(name).name for name in names)
    rows_by_file = {PurePosixPath(name).name: row for row, name in enumerate(names)}
    found: dict[str, int] = {}
    for name in listed:
        if name in rows:
            found[name] = rows[name]
        elif files[name] == 1:
            found[name] = rows_by_file[name]
    missing = [name for name in listed if name not in found]
    if missing:
        fix = fix or f"Write names as the data has them, such as {next(iter(names), 'none')}."
        raise DataError(f"{source} names {unmatched(missing)}.", fix, setting)
    matched = np.array([found[name] for name in listed], dtype=np.intp)
    _check_once(matched, names, source, setting)
    return matched


def unmatched(missing: Sequence[str]) -> str:
    """Name faces that a file lists and the data lacks, as part of a sentence."""
    faces = counted(len(missing), "face")
    more = f" and {len(missing) - _EXAMPLES:,} more" if len(missing) > _EXAMPLES else ""
    return f"{faces} that the data does not have: {', '.join(missing[:_EXAMPLES])}{more}"


def _check_once(
    rows: NDArray[np.intp], names: Sequence[str], source: str | Path, setting: str | None
) -> None:
    """Refuse two lines about one face."""
    row, times = next(iter(Counter(rows.tolist()).most_common(1)), (0, 0))
    if times > 1:
        problem = f"{source} names {names[row]} twice."
        raise DataError(problem, "Keep one line for each face.", setting)
