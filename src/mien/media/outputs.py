"""Refuses outputs that would replace something of the user's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mien.errors import SettingsError

_TABLE_STARTS = ("source,frame,time,face_id,", "source,face,x,y,w,h,")
"""How mien's CSV begins, now and in the version before."""

_JSON_KEYS = ({"source", "width"}, {"source", "error"}, {"confusion", "recall"}, {"mcnemar", "n"})
"""Keys of pictures, failures, scores and comparisons, as mien's JSON has them."""

_PARQUET_COLUMNS = ({"source", "success"}, {"name", "predicted", "pixels"})
"""Columns of pictures and of predictions, as mien's Parquet has them."""


def check_outputs(
    outputs: Mapping[str, Path | None], inputs: Iterable[Path], *, tables: bool = True
) -> None:
    """Refuse outputs that would replace an input, or a file that mien did not write.

    Parameters
    ----------
    outputs
        The files to be written, by the setting that names each; None is not written.
    inputs
        The files and folders that are read.
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
                f"Name a file in it, such as {path / ('results' + _suffix(setting))}.",
                setting,
            )
        if path.exists() and not path.is_file():
            raise SettingsError(
                f"Expected a regular file for the output, but {path} is a pipe or a device.",
                "Choose a file; where - is allowed, it stands for standard output.",
                setting,
            )
        if tables and path.is_file() and not _is_ours(path):
            raise SettingsError(
                f"{path} exists, and is not an earlier output of mien.",
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


def _suffix(setting: str) -> str:
    return {"csv_file": ".csv", "parquet_file": ".parquet", "predictions": ".parquet"}.get(
        setting, ".json"
    )


def _is_ours(path: Path) -> bool:
    """Tell whether mien can have written a file, by what is in it."""
    try:
        with path.open("rb") as file:
            start = file.read(64)
        if not start:
            return True
        if start.startswith(b"PAR1"):
            return _is_our_parquet(path)
        if start.lstrip()[:1] in (b"[", b"{"):
            return _is_our_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False
    return start.decode("utf-8", "replace").startswith(_TABLE_STARTS)


def _is_our_json(content: Any) -> bool:
    entries = content if isinstance(content, list) else [content]
    return all(
        isinstance(entry, dict) and any(keys <= set(entry) for keys in _JSON_KEYS)
        for entry in entries
    )


def _is_our_parquet(path: Path) -> bool:
    try:
        from pyarrow import ArrowException, parquet
    except ModuleNotFoundError:
        return False
    try:
        names = set(parquet.read_schema(path).names)
    except (ArrowException, OSError):
        return False
    return any(columns <= names for columns in _PARQUET_COLUMNS)
