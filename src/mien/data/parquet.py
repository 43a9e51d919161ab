"""Reads Parquet files with one encoded picture a row, as the Hugging Face Hub holds them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mien.classes import FER2013, Vocabulary
from mien.data.labels import label_of_name, label_of_value, split_of_path, split_of_usage
from mien.data.record import LIMIT_BYTES, BadRecords, Record
from mien.data.vocabulary import vocabulary_of_names, vocabulary_of_words
from mien.errors import DataError, require
from mien.files import open_for_arrow
from mien.json_text import from_json

_LABELS = ("label", "labels", "emotion")
_SPLITS = ("usage", "split")
_ROWS = 512
"""Rows held in memory at a time."""


def parquet_vocabulary(path: Path) -> Vocabulary:
    """Return the classes of a Parquet file.

    They are the names in the file's own Hugging Face metadata; without those the words in its
    column of labels, or FER-2013's classes where these are numbers.

    Raises
    ------
    DataError
        If the file is not such a Parquet file, or its labels cannot be classes.
    MissingExtraError
        If pyarrow is not installed.
    """
    with _opened(path) as file:
        column = _columns(path, file.schema_arrow.names)["label"]
        names = _stated_names(file.schema_arrow, column)
        if names:
            return vocabulary_of_names(path, names)
        words = _words(file, column)
    return vocabulary_of_words(path, words) if words else FER2013


def parquet_records(path: Path, vocabulary: Vocabulary, bad: BadRecords) -> Iterator[Record]:
    """Read the rows of a Parquet file.

    Parameters
    ----------
    path
        File with a column ``image`` (binary, or a struct with ``bytes`` and maybe ``path``), a
        column ``label``, ``labels`` or ``emotion`` (number or name), and maybe ``usage`` or
        ``split``. Class numbers follow the names in the file's own metadata where it has them,
        otherwise FER-2013's order.
    vocabulary
        Its classes, as `parquet_vocabulary` returned them.
    bad
        Where bad rows are reported.

    Raises
    ------
    DataError
        If the file is not such a Parquet file.
    MissingExtraError
        If pyarrow is not installed.
    """
    with _opened(path) as file:
        columns = _columns(path, file.schema_arrow.names)
        labels = _Labels(vocabulary, _stated_names(file.schema_arrow, columns["label"]))
        bad.total, number = file.metadata.num_rows, 0
        for batch in file.iter_batches(batch_size=_ROWS, columns=list(columns.values())):
            for row in batch.to_pylist():
                cells = {key: row[name] for key, name in columns.items()}
                record = _record(number, cells, labels, bad)
                number += 1
                if record is not None:
                    yield record


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a Parquet file; what is wrong with it becomes one sentence."""
    arrow = require("pyarrow", "train")
    parquet = require("pyarrow.parquet", "train")
    try:
        with open_for_arrow(path) as source, parquet.ParquetFile(source) as file:
            yield file
    # Names and texts that are not UTF-8 are found out when they are turned into Python's.
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"Expected a Parquet file in {path}, got something else or part of one: {error}.",
            "Download it again.",
        ) from error


def _columns(path: Path, names: list[str]) -> dict[str, str]:
    """Find which columns hold the picture, the label and, where there is one, the split."""
    spelled = {name.strip().lower(): name for name in names}
    choices = {"image": ("image",), "label": _LABELS, "split": _SPLITS}
    columns = {
        key: next((spelled[name] for name in choice if name in spelled), None)
        for key, choice in choices.items()
    }
    missing = [" or ".join(choices[key]) for key in ("image", "label") if columns[key] is None]
    if missing:
        raise DataError(
            f"Expected the columns image and label in {path}, found no"
            f" {' and no '.join(missing)} but {', '.join(names)}.",
            "Rename its columns.",
        )
    return {key: name for key, name in columns.items() if name is not None}


def _stated_names(schema: Any, column: str) -> list[str]:
    """Return the names that the file's own metadata gives its labels; none if these are numbers."""
    metadata = (schema.metadata or {}).get(b"huggingface")
    if metadata is None:
        return []
    try:
        names = [
            str(name) for name in from_json(metadata.decode())["info"]["features"][column]["names"]
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [] if all(name.isdecimal() for name in names) else names


def _words(file: Any, column: str) -> set[str]:
    """Return the words in the column of labels; none where it holds numbers."""
    words: set[str] = set()
    for batch in file.iter_batches(columns=[column]):
        values = {value for value in batch.column(0).unique().to_pylist() if value is not None}
        words |= {value for value in values if isinstance(value, str)}
    return {word for word in words if word.strip() and not word.strip().isdecimal()}


class _Labels:
    """Turns the cells of the column of labels into class numbers.

    Parameters
    ----------
    vocabulary
        The file's classes.
    names
        What numbers in the file stand for; empty if for the vocabulary's own numbers.
    """

    def __init__(self, vocabulary: Vocabulary, names: list[str]) -> None:
        self.vocabulary = vocabulary
        self.stated = [label_of_name(name, vocabulary) for name in names]

    def of(self, value: object) -> int | None:
        """Return the class number of a cell, None if it is not a class."""
        if isinstance(value, int) and not isinstance(value, bool) and self.stated:
            return self.stated[value] if 0 <= value < len(self.stated) else None
        if isinstance(value, str) and value in self.vocabulary.names:
            return self.vocabulary.names.index(value)
        return label_of_value(value, self.vocabulary)


def _record(
    number: int, cells: dict[str, Any], labels: _Labels, bad: BadRecords
) -> Record | None:
    """Read one row; a bad one is reported and returned as None."""
    label = labels.of(cells["label"])
    data, file = _picture(cells["image"])
    # A row that does not state its split must not count as one of another split.
    split = split_of_usage(str(cells["split"])) if "split" in cells else split_of_path(file)
    if label is None:
        last = len(labels.stated or labels.vocabulary) - 1
        bad.report(f"row {number} has the label {cells['label']!r}, not 0 to {last} or a name.")
    elif split is None:
        bad.report(f"row {number} has the split {cells['split']!r}, not train, public or private.")
    elif not data:
        bad.report(f"row {number} has no encoded picture.")
    elif len(data) > LIMIT_BYTES:
        bad.report(f"row {number} has a picture of {len(data):,} bytes, over {LIMIT_BYTES:,}.")
    else:
        return Record(f"row {number}", label, split, data)
    return None


def _picture(cell: object) -> tuple[bytes | None, tuple[str, ...]]:
    """Return a cell's encoded picture, and the parts of its path where the cell has one."""
    path = "?"
    if isinstance(cell, dict):
        path = str(cell.get("path") or path)
        cell = cell.get("bytes")
    return cell if isinstance(cell, bytes) else None, PurePosixPath(path).parts
