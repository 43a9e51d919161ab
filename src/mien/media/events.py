"""Reads what happens in clips, such as stimuli that are shown, from a CSV file of events."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mien.clock import parse_time
from mien.errors import DataError

EXCLUDE = "exclude"
"""The label of events that are to be left out of summaries."""

_TIMES = ("time", "onset", "begin", "start")
"""Names of the column with the times at which events begin."""

_ENDS = ("end", "offset", "stop")
"""Names of the column with the times at which they end."""

_SEPARATORS = (";", "\t", ",")


@dataclasses.dataclass(frozen=True)
class Event:
    """Something that happens in a clip, such as a stimulus that is shown."""

    time: float
    """When it begins, in seconds."""
    label: str
    """What it is called."""
    end: float | None = None
    """When it ends, in seconds; None if it lasts until the next one begins."""
    source: str | None = None
    """The clip that it belongs to; None if it belongs to all."""

    @property
    def excludes(self) -> bool:
        """Whether it says what is to be left out of summaries."""
        return self.label.lower() == EXCLUDE


def read_events(path: Path, setting: str | None) -> Iterator[Event]:
    """Yield the events of a file, in its order; see `Markers.load`.

    Raises
    ------
    DataError
        If it cannot be read, lacks a column, or has a time that is not one.
    """
    text = _text_of(path, setting)
    separator = _separator(text)
    lines = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        heads = [name.strip().lower() for name in next(lines, [])]
        columns = _Columns.named(heads, path, setting)
        for number, cells in enumerate(lines, 2):
            row = dict(zip(heads, (cell.strip() for cell in cells), strict=False))
            if any(row.values()):
                yield columns.event(row, _Place(path, number, separator != ",", setting))
    except csv.Error as error:
        raise DataError(
            f"{path}, line {lines.line_num}: {error}.", "Save the events as CSV again.", setting
        ) from error


def _text_of(path: Path, setting: str | None) -> str:
    """Return the text of a file of events."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 text: byte {error.start} is not.",
            "Save it as CSV in UTF-8.",
            setting,
        ) from error
    except OSError as error:
        raise DataError(
            f"Cannot read {path}: {error.strerror or error}.", "Check the path.", setting
        ) from error


def _separator(text: str) -> str:
    """Return what separates the columns: the separator that the first line has most of."""
    first = text.partition("\n")[0]
    return max(_SEPARATORS, key=lambda sign: (first.count(sign), sign == ","))


@dataclasses.dataclass(frozen=True)
class _Place:
    """Where a value stands, for reading and for errors."""

    path: Path
    line: int
    decimal_comma: bool
    setting: str | None

    def seconds(self, text: str, column: str) -> float:
        """Read a time, or refuse it."""
        pointed = text.replace(",", ".") if self.decimal_comma else text
        seconds = parse_time(pointed)
        if seconds is None:
            raise self.error(
                f"expected a time in the column {column!r}, got {text[:40]!r}",
                "Write seconds such as 12.5, or m:ss.",
            )
        return seconds

    def error(self, problem: str, fix: str) -> DataError:
        """Return an error about the line."""
        return DataError(f"{self.path}, line {self.line}: {problem}.", fix, self.setting)


@dataclasses.dataclass(frozen=True)
class _Columns:
    """The names of a file's columns."""

    time: str
    end: str | None
    duration: str | None
    source: str | None

    @classmethod
    def named(cls, heads: Sequence[str], path: Path, setting: str | None) -> _Columns:
        """Find the columns by the names in the first line."""
        time = next((name for name in _TIMES if name in heads), None)
        if time is None or "label" not in heads:
            raise DataError(
                f"Expected the columns time and label in {path}, got"
                f" {', '.join(heads)[:80] or 'an empty file'}.",
                "Name the columns in the first line: time,label.",
                setting,
            )
        end = next((name for name in _ENDS if name in heads), None)
        optional = {name: name if name in heads else None for name in ("duration", "source")}
        return cls(time, end, **optional)

    def event(self, row: Mapping[str, str], place: _Place) -> Event:
        """Read an event from the cells of a line, by the name of their column."""
        label = row.get("label", "")
        if not label:
            raise place.error("the label is missing", "Write one, or remove the line.")
        time = place.seconds(row.get(self.time, ""), self.time)
        end = self._end(row, time, place)
        if end is not None and end <= time:
            raise place.error(f"{label!r} ends before it begins", "Write an end after the time.")
        return Event(time, label, end, (row.get(self.source) or None) if self.source else None)

    def _end(self, row: Mapping[str, str], time: float, place: _Place) -> float | None:
        """Read when an event ends."""
        if self.end is not None and row.get(self.end):
            return place.seconds(row[self.end], self.end)
        if self.duration is not None and row.get(self.duration):
            # To the microsecond of the table, so that 0.1 + 0.2 ends at 0.3.
            return round(time + place.seconds(row[self.duration], self.duration), 6)
        return None
