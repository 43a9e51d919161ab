"""Reads the CSV files that FER-2013 was first published as."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.classes import NAMES
from mien.data.csv_files import open_csv
from mien.data.labels import label_of_value, split_of_usage
from mien.data.record import BadRecords, Record
from mien.errors import DataError
from mien.settings.limits import DEFAULT_LIMITS

_SIDE = 48
"""Height and width of the faces in this format, in pixels."""

_BYTES = {str(value): value for value in range(256)}


def csv_records(
    path: Path, bad: BadRecords, longest: int = DEFAULT_LIMITS.max_csv_line
) -> Iterator[Record]:
    """Read the rows of fer2013.csv or icml_face_data.csv.

    Parameters
    ----------
    path
        File with the columns ``emotion`` and ``pixels``, and mostly ``Usage``, in any order. A part
        of the original can have a column ``row`` with each row's number there, from 0;
        otherwise the rows are numbered in their order.
    bad
        Where bad rows are reported.
    longest
        Characters of a line.

    Raises
    ------
    DataError
        If the file is not such a CSV, or a line is longer.
    """
    bad.total = _count_lines(path) - 1
    try:
        with open_csv(path, longest) as lines:
            columns = _columns(path, next(lines, []))
            # Spreadsheets end files with empty lines, which are not rows.
            rows = (row for row in lines if row)
            names: set[str] = set()
            for number, row in enumerate(rows):
                where = f"row {number} (line {lines.line_num})"
                record = _record(number, where, row, columns, bad.report)
                if record is not None and record.name in names:
                    bad.report(f"{where} repeats a number in the column row.")
                elif record is not None:
                    names.add(record.name)
                    yield record
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"Expected a CSV in {path}, got something else: {error}.",
            "Name fer2013.csv or icml_face_data.csv as Kaggle publishes them.",
        ) from error


def _count_lines(path: Path) -> int:
    """Count the lines, which takes little of the time of parsing them."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(partial(file.read, 2**20), b""))


def _columns(path: Path, header: Sequence[str]) -> dict[str, int]:
    """Find the columns; icml_face_data.csv has spaces before their names."""
    columns = {name.strip().lower(): place for place, name in enumerate(header)}
    missing = [name for name in ("emotion", "pixels") if name not in columns]
    if missing:
        raise DataError(
            f"Expected the columns emotion, pixels and Usage in {path}, found no"
            f" {' and no '.join(missing)}.",
            "Give the file a first line that names its columns.",
        )
    return columns


def _record(
    number: int,
    where: str,
    row: Sequence[str],
    columns: dict[str, int],
    report: Callable[[str], None],
) -> Record | None:
    """Read one row; a bad one is reported and returned as None."""
    cells = {name: row[place] if place < len(row) else "" for name, place in columns.items()}
    label = label_of_value(cells["emotion"])
    split = split_of_usage(cells["usage"]) if "usage" in cells else "all"
    original = cells["row"].strip() if "row" in cells else str(number)
    if not (original.isascii() and original.isdecimal()):
        report(f"{where} has {original[:20]!r} in the column row, not a whole number.")
    elif label is None:
        report(f"{where} has the label {cells['emotion'][:20]!r}, not 0 to {len(NAMES) - 1}.")
    elif split is None:
        report(
            f"{where} has the usage {cells['usage'][:20]!r},"
            " not Training, PublicTest or PrivateTest."
        )
    else:
        try:
            return Record(f"row {int(original)}", label, split, _pixels(cells["pixels"]))
        except ValueError as error:
            report(f"{where} {error}.")
    return None


def _pixels(text: str) -> NDArray[np.uint8]:
    """Parse the pixels of a face; a ValueError says what is wrong with them."""
    words = text.split()
    if len(words) != _SIDE * _SIDE:
        raise ValueError(f"has {len(words):,} pixels, not {_SIDE * _SIDE:,}")
    try:
        # A table of the 256 words takes a third of the time of int().
        values = bytes(map(_BYTES.__getitem__, words))
    except KeyError as error:
        raise ValueError(
            f"has the pixel {str(error.args[0])[:20]!r}, not a whole number from 0 to 255"
        ) from error
    return np.frombuffer(values, dtype=np.uint8).reshape(_SIDE, _SIDE)
