"""Refuses outputs that would replace something of the user's."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from mien.errors import SettingsError

Kind = Literal["pictures", "scores", "comparison", "page", "card"]
"""What an output says: what was read in pictures, how good a network is, or which is better, as
data or as a page; or what a network is."""

_TABLE_STARTS: dict[Kind, tuple[str, ...]] = {
    # How it begins now and began in the version before.
    "pictures": ("source,frame,time,face_id,", "source,face,x,y,w,h,"),
}
"""How mien's CSV begins."""

_JSON_KEYS: dict[Kind, tuple[set[str], ...]] = {
    "pictures": ({"source", "width"}, {"source", "error"}),
    "scores": ({"confusion", "recall"},),
    "comparison": ({"mcnemar", "n"},),
}
"""Keys of the objects in mien's JSON."""

_PARQUET_COLUMNS: dict[Kind, tuple[set[str], ...]] = {
    "pictures": ({"source", "success"},),
    "scores": ({"name", "predicted", "pixels"},),  # predictions, which scores are made of
}
"""Columns of mien's Parquet."""


_SENTENCES: dict[Kind, str] = {
    "page": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    "card": "It takes a face crop and returns a probability for each of",
}
"""What stands near the beginning of mien's pages and model cards."""

_BEGINNING = 4000  # bytes, within which it stands


def check_outputs(
    outputs: Mapping[str, Path | None],
    inputs: Iterable[Path],
    *,
    kind: Kind | None = None,
    tables: bool = True,
) -> None:
    """Refuse outputs that would replace an input, or a file that mien did not write.

    Parameters
    ----------
    outputs
        The files to be written, by the setting that names each; None is not written.
    inputs
        The files and folders that are read.
    kind
        What the outputs say, which an earlier file must say too; None allows every kind.
    tables
        Whether the outputs are JSON or tables, in which mien knows its own.

    Raises
    ------
    SettingsError
        If an output is one of the inputs, or a file is there that is not an earlier output of mien.
    """
    read = {_identity(path): path for path in inputs}
    for setting, path in outputs.items():
        if path is None:
            continue
        if _identity(path) in read:
            raise SettingsError(
                f"{path} would be replaced by the output, but it is read as an input.",
                "Choose another file for the output.",
                setting,
            )
        if path.is_dir():
            raise SettingsError(
                f"Expected a file for the output, but {path} is a folder.",
                f"Name a file in it, such as {path / ('results' + _suffix(setting, kind))}.",
                setting,
            )
        if path.exists() and not path.is_file():
            raise SettingsError(
                f"Expected a regular file for the output, but {path} is a pipe or a device.",
                "Choose a file; where - is allowed, it stands for standard output.",
                setting,
            )
        if tables and path.is_file() and not _is_ours(path, kind):
            raise SettingsError(
                f"{path} exists, and is not an earlier output of mien"
                f"{' of the same kind' if kind else ''}.",
                "Choose another file for the output, or remove that one.",
                setting,
            )


def _identity(path: Path) -> tuple[int, int] | Path:
    """Return what two names of the same file share."""
    try:
        status = path.stat()
    except OSError:
        return path.absolute()
    return status.st_dev, status.st_ino


def _suffix(setting: str, kind: Kind | None) -> str:
    text = {"page": ".html", "card": ".md"}.get(kind or "", ".json")
    tables = {"csv_file": ".csv", "parquet_file": ".parquet", "predictions": ".parquet"}
    return tables.get(setting, text)


def _is_ours(path: Path, kind: Kind | None) -> bool:
    """Tell whether mien can have written a file, by what is in it."""
    try:
        with path.open("rb") as file:
            start = file.read(_BEGINNING)
        if not start:
            return True
        if kind in _SENTENCES:
            return _SENTENCES[kind] in start.decode("utf-8", "replace")
        if start.startswith(b"PAR1"):
            return _has_keys(_parquet_columns(path), _of_kind(_PARQUET_COLUMNS, kind))
        if start.lstrip()[:1] in (b"[", b"{"):
            return _is_our_json(json.loads(path.read_text(encoding="utf-8")), kind)
    except (OSError, ValueError):
        return False
    return start.decode("utf-8", "replace").startswith(_of_kind(_TABLE_STARTS, kind))


_Sign = TypeVar("_Sign")


def _of_kind(signs: Mapping[Kind, tuple[_Sign, ...]], kind: Kind | None) -> tuple[_Sign, ...]:
    """Return the signs of one kind of output, or of all."""
    return signs.get(kind, ()) if kind else tuple(itertools.chain(*signs.values()))


def _has_keys(names: set[str], signs: Iterable[set[str]]) -> bool:
    return any(keys <= names for keys in signs)


def _is_our_json(content: Any, kind: Kind | None) -> bool:
    entries = content if isinstance(content, list) else [content]
    signs = _of_kind(_JSON_KEYS, kind)
    return all(isinstance(entry, dict) and _has_keys(set(entry), signs) for entry in entries)


def _parquet_columns(path: Path) -> set[str]:
    """Return the names of a Parquet file's columns; none if it cannot be read."""
    try:
        from pyarrow import ArrowException, parquet
    except ModuleNotFoundError:
        return set()
    try:
        return set(parquet.read_schema(path).names)
    except (ArrowException, OSError):
        return set()
