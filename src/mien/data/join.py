"""Joins the small files that people and other programs write about faces with the faces."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from mien.errors import DataError

_EXAMPLES = 3
"""Faces that a message names, of those that do not fit."""


def read_lines(path: Path, fix: str) -> list[list[str]]:
    """Read the lines of a CSV that are not empty, the heading first.

    Parameters
    ----------
    path
        CSV in UTF-8; a byte order mark, which Excel writes, is left out.
    fix
        What the user can do where it is not such a file.

    Raises
    ------
    DataError
        If the file cannot be read or is not a CSV.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [line for line in csv.reader(file) if line]
    except OSError as error:
        raise DataError(f"Cannot read {path}: {error.strerror or error}.", fix) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"Expected a CSV in {path}, got something else: {error}.", fix) from error


def match_names(
    listed: Sequence[str],
    names: Sequence[str],
    source: str | Path,
    fix: str | None = None,
    setting: str | None = None,
) -> NDArray[np.intp]:
    """Find the faces that a file lists, in a data set; every join of faces by name is this one.

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
        What the user can do where the two do not fit.
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
    _check_once(matched, names, source)
    return matched


def unmatched(missing: Sequence[str]) -> str:
    """Name faces that a file lists and the data lacks, as part of a sentence."""
    faces = "1 face" if len(missing) == 1 else f"{len(missing):,} faces"
    more = f" and {len(missing) - _EXAMPLES:,} more" if len(missing) > _EXAMPLES else ""
    return f"{faces} that the data does not have: {', '.join(missing[:_EXAMPLES])}{more}"


def _check_once(rows: NDArray[np.intp], names: Sequence[str], source: str | Path) -> None:
    """Refuse two lines about one face."""
    row, times = next(iter(Counter(rows.tolist()).most_common(1)), (0, 0))
    if times > 1:
        raise DataError(f"{source} names {names[row]} twice.", "Leave one line for each face.")
