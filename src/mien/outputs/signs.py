"""Recognises mien's earlier outputs by what is in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from mien import marks
from mien.files import open_for_arrow

Kind = Literal[
    "pictures", "scores", "comparison", "page", "card", "figure", "sheet", "counts", "audit",
    "network", "neutral", "settings", "summary", "timeline", "examination", "plan",
]  # fmt: skip
"""What an output holds: what was read in pictures, how good a network is, or which is better, as
data or as a page; what a network is; a network itself; a person's neutral face; what data
holds, or what is doubtful in it; the best settings of a search; what was seen in a clip, in numbers
or drawn over time; the state of an installation; which pictures are to be read."""

Format = Literal["json", "csv", "parquet", "html", "md", "png", "svg", "onnx", "toml"]
"""How it is written."""

_CSV_STARTS: dict[Kind, tuple[str, ...]] = {
    # Now, and in the previous version.
    "pictures": ("source,frame,time,face_id,", "source,face,x,y,w,h,"),
    "audit": ("name,split,label,reason,detail,",),
}
"""The beginnings of mien's CSV files."""

_JSON_KEYS: dict[Kind, tuple[set[str], ...]] = {
    "pictures": ({"source", "width"}, {"source", "error"}),
    "scores": ({"confusion", "recall"},),
    "comparison": ({"mcnemar", "n"},),
    "counts": ({"sha256", "counts", "duplicates"},),
    "audit": ({"sha256", "reasons", "not_looked_for"},),
    "network": ({"version", "architecture", "temperature", "sha256"},),
    "neutral": ({"network", "log_probabilities"},),
    "summary": ({"schema", "excluded_seconds", "faces"},),
    "examination": ({"doctor", "well"},),
}
"""Keys of the objects in mien's JSON."""

_PARQUET_COLUMNS: dict[Kind, set[str]] = {
    "pictures": {"source", "success"},
    "scores": {"name", "predicted", "pixels"},  # predictions, which scores are made of
    "plan": {"shard", "source", "kind", "start", "stop"},
}
"""Columns of mien's Parquet."""

_SENTENCES: dict[Format, str] = {
    "html": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    "md": "It takes a face crop and returns a probability for each of",
    "toml": f"# {marks.SETTINGS}",
}
"""What stands near the beginning of mien's pages, model cards and settings."""

_PICTURE_MARKS: dict[Kind, str] = {
    "sheet": "\0".join(marks.SHEET), "timeline": "\0".join(marks.TIMELINE)
}  # fmt: skip
"""What stands near the beginning of mien's pictures that are not figures."""

_BEGINNING = 4000  # bytes, within which it stands

_END = 4000  # bytes of a graph, within which the names of its input and outputs are


def is_earlier_output(path: Path, kind: Kind, form: Format) -> bool:
    """Return whether mien may have written a file of a kind, by what is in it.

    An empty file counts, since it holds nothing that could be lost.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_BEGINNING)
            file.seek(max(0, path.stat().st_size - _END))
            end = file.read(_END)
        return not start or _is_ours(path, start, end, kind, form)
    except (OSError, ValueError):
        return False


def _is_ours(path: Path, start: bytes, end: bytes, kind: Kind, form: Format) -> bool:
    if form == "json":
        return _is_our_json(json.loads(path.read_text(encoding="utf-8")), kind)
    if form == "csv":
        return start.decode("utf-8", "replace").startswith(_CSV_STARTS.get(kind, ()))
    if form == "parquet":
        return start.startswith(b"PAR1") and _PARQUET_COLUMNS[kind] <= _parquet_columns(path)
    if form == "onnx":
        # Format version first (ONNX, ModelProto), then what mien's runtime asks for.
        return start[:1] == b"\x08" and b"\x05faces" in end and b"\x06logits" in end
    if form in ("png", "svg"):
        return _PICTURE_MARKS.get(kind, marks.FIGURE).encode() in start
    return _SENTENCES[form] in start.decode("utf-8", "replace")


def _is_our_json(content: Any, kind: Kind) -> bool:
    entries = content if isinstance(content, list) else [content]
    return all(
        isinstance(entry, dict) and any(keys <= set(entry) for keys in _JSON_KEYS[kind])
        for entry in entries
    )


def _parquet_columns(path: Path) -> set[str]:
    """Return the names of a Parquet file's columns, or no names if it cannot be read."""
    try:
        from pyarrow import ArrowException, parquet
    except ModuleNotFoundError:
        return set()
    try:
        with open_for_arrow(path) as file:
            return set(parquet.read_schema(file).names)
    except (ArrowException, OSError):
        return set()
