"""Opens CSV files as people and programs write them, with commas, semicolons or tabs."""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from mien.errors import DataError
from mien.settings.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from _csv import Reader

SEPARATORS = ",;\t"
"""What may separate cells: a comma, or in the files of some spreadsheets a semicolon or a tab."""

_QUOTED = re.compile(r'"[^"]*"')

_LONGEST = 2**16  # characters of a heading that are looked at


@contextlib.contextmanager
def open_csv(
    path: Path, longest: int = DEFAULT_LIMITS.max_csv_line
) -> Iterator[Reader]:
    """Open a CSV in UTF-8, and read its lines as cells.

    A byte order mark, which Excel writes, is skipped.

    Parameters
    ----------
    path
        The file. Its first line shows what separates the cells.
    longest
        Characters of a line, with its end. A longer one would be read into memory whole.

    Raises
    ------
    DataError
        When a line is longer.
    OSError, UnicodeDecodeError, csv.Error
        If the file cannot be read, or is not a CSV.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        heading = file.readline(_LONGEST)
        file.seek(0)
        yield csv.reader(_lines(file, path, longest), delimiter=separator(heading))


def _lines(file: TextIO, path: Path, longest: int) -> Iterator[str]:
    """Yield the lines of a file, unless one is too long."""
    number = 0
    while line := file.readline(longest + 1):
        number += 1
        if len(line) > longest:
            raise DataError(
                f"Line {number:,} of {path} has more than {longest:,} characters.",
                "Check that it is a CSV with line breaks, or raise the limit.",
                "max_csv_line",
            )
        yield line


def separator(heading: str) -> str:
    """Return which of `SEPARATORS` occurs most often outside quotes; a comma if none does."""
    plain = _QUOTED.sub("", heading)
    return max(SEPARATORS, key=plain.count)
