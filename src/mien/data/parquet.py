"""Reads Parquet files with one encoded picture a row, as the Hugging Face Hub holds them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mien.classes import NAMES
from mien.data.labels import label_of_name, label_of_value, split_of_path, split_of_usage
from mien.data.record import LIMIT_BYTES, Complaints, Record
from mien.errors import DataError, require

_LABELS = ("label", "labels", "emotion")
_SPLITS = ("usage", "split")
_ROWS = 512
"""Rows held in memory at a time."""


def parquet_records(path: Path, complaints: Complaints) -> Iterator[Record]:
    """Read the rows of a Parquet file.

    Parameters
    ----------
    path
        File with a column ``image`` (binary, or a struct with ``bytes`` and maybe ``path``), a
        column ``label``, ``labels`` or ``emotion`` (number or name), and maybe ``usage`` or
        ``split``. Class numbers follow the names in the file's own metadata where it has them,
        else FER-2013's order.
    complaints
        Where bad rows are reported.

    Raises
    ------
    DataError
        If the file is no such Parquet file.
    MissingExtraError
        If pyarrow is not installed.
    """
    arrow = require("pyarrow", "train")
    parquet = require("pyarrow.parquet", "train")
    try:
        with parquet.ParquetFile(path) as file:
            columns = _columns(path, file.schema_arrow.names)
            label_of = _label_reader(path, file.schema_arrow, columns["label"])
            complaints.total, number = file.metadata.num_rows, 0
            wanted = list(columns.values())
            for batch in file.iter_batches(batch_size=_ROWS, columns=wanted):
                for row in batch.to_pylist():
                    cells = {key: row[name] for key, name in columns.items()}
                    record = _record(number, cells, label_of, complaints.report)
                    number += 1
                    if record is not None:
                        yield record
    except (arrow.ArrowException, OSError) as error:
        raise DataError(
            f"Expected a Parquet file in {path}, got something else or part of one: {error}.",
            "Download it again.",
        ) from error


def _columns(path: Path, names: list[str]) -> dict[str, str]:
    """Find which columns hold the picture, the label and, where there is one, the split."""
    spelled = {name.strip().lower(): name for name in names}
    choices = {"image": ("image",), "label": _LABELS, "split": _SPLITS}
    found = {
        key: next((spelled[name] for name in choice if name in spelled), None)
        for key, choice in choices.items()
    }
    missing = [" or ".join(choices[key]) for key in ("image", "label") if found[key] is None]
    if missing:
        raise DataError(
            f"Expected the columns image and label in {path}, found no"
            f" {' and no '.join(missing)} but {', '.join(names)}.",
            "Rename its columns.",
        )
    return {key: name for key, name in found.items() if name is not None}


def _label_reader(path: Path, schema: Any, column: str) -> Callable[[object], int | None]:
    """Make the function from a cell to a class, by the order that the file itself states."""
    metadata = (schema.metadata or {}).get(b"huggingface")
    if metadata is None:
        return label_of_value
    try:
        names = json.loads(metadata)["info"]["features"][column]["names"]
    except (ValueError, KeyError, TypeError):
        return label_of_value
    labels = [label_of_name(str(name)) for name in names]
    if None in labels and not all(str(name).isdecimal() for name in names):
        raise DataError(
            f"Expected the classes {', '.join(NAMES)} in {path}, its labels stand for"
            f" {', '.join(map(str, names))}.",
            "Leave out the pictures of other classes, and rename the others.",
        )
    if None in labels:
        return label_of_value

    def label_of(value: object) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool):
            return labels[value] if 0 <= value < len(labels) else None
        return label_of_value(value)

    return label_of


def _record(
    number: int,
    cells: dict[str, Any],
    label_of: Callable[[object], int | None],
    report: Callable[[str], None],
) -> Record | None:
    """Read one row; a bad one is reported and gives None."""
    label = label_of(cells["label"])
    data, file = _picture(cells["image"])
    # A row that does not say its split is no row of another split.
    split = split_of_usage(str(cells["split"])) if "split" in cells else split_of_path(file)
    if label is None:
        report(f"row {number} has the label {cells['label']!r}, not 0 to 6 or a class's name.")
    elif split is None:
        report(f"row {number} has the split {cells['split']!r}, not train, public or private.")
    elif not data:
        report(f"row {number} has no encoded picture.")
    elif len(data) > LIMIT_BYTES:
        report(f"row {number} has a picture of {len(data):,} bytes, over {LIMIT_BYTES:,}.")
    else:
        return Record(f"row {number}", label, split, data)
    return None


def _picture(cell: object) -> tuple[bytes | None, tuple[str, ...]]:
    """Give a cell's encoded picture, and the parts of its path where the cell has one."""
    path = "?"
    if isinstance(cell, dict):
        path = str(cell.get("path") or path)
        cell = cell.get("bytes")
    return cell if isinstance(cell, bytes) else None, PurePosixPath(path).parts
