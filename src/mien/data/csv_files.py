"""Opens CSV files as people and programs write them, with commas, semicolons or tabs."""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _csv import Reader

SEPARATORS = ",;\t"
"""What may separate cells: a comma, or in the files of some spreadsheets a semicolon or a tab."""

_QUOTED = re.compile(r'"[^"]*"')

_LONGEST = 2**16  # characters of a heading that are looked at


@contextlib.contextmanager
def open_csv(path: Path) -> Iterator[Reader]:
    """Open a CSV in UTF-8, and read its lines as cells.

    A byte order mark, which Excel writes, is skipped.

    Parameters
    ----------
    path
        The file. Its first line shows what separates the cells.

    Raises
    ------
    OSError, UnicodeDecodeError, csv.Error
        If the file cannot be read, or is not a CSV.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        heading = file.readline(_LONGEST)
        file.seek(0)
        yield csv.reader(file, delimiter=separator(heading))


def separator(heading: str) -> str:
    """Return which of `SEPARATORS` occurs most often outside quotes; a comma if none does."""
    plain = _QUOTED.sub("", heading)
    return max(SEPARATORS, key=plain.count)
