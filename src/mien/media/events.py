"""Reads what happens in clips, such as stimuli that are shown, from a CSV file of events."""

from __future__ import annotations

import csv
import dataclasses
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mien.clock import clock, parse_time, to_microsecond
from mien.errors import DataError

EXCLUDE = "exclude"
"""The label of events that are to be left out of summaries."""

_TIMES = ("time", "onset", "begin", "start")
"""Names of the column with the times at which events begin."""

_ENDS = ("end", "offset", "stop")
"""Names of the column with the times at which they end."""

_SEPARATORS = (",", ";", "\t")


@dataclasses.dataclass(frozen=True)
class Event:
    """Something that happens in a clip, such as a stimulus that is shown."""

    time: float
    """When it begins, in seconds."""
    label: str
    """What it is called."""
    end: float | None = None
    """When it ends, in seconds; None if it lasts until the next one, not an exclusion, begins."""
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
        If it cannot be read, lacks a column or has one twice, a line has too many cells, or a time
        is not one.
    """
    text = _text_of(path, setting)
    separator = _separator(text)
    # Strict, since a quotation mark that is never closed would make one label of the rest.
    lines = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True
    )
    try:
        rows = (cells for cells in lines if any(cell.strip() for cell in cells))
        names = [name.strip().lower() for name in next(rows, [])]
        columns = _Columns.named(names, path, setting)
        for cells in rows:
            place = _Place(path, lines.line_num, separator != ",", setting)
            yield columns.event(place.cells(cells, names), place)
    except csv.Error as error:
        raise DataError(
            f"{path}, line {lines.line_num}: {error}.",
            "Close every quotation mark, or save the events as CSV again.",
            setting,
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
    first = text.lstrip().partition("\n")[0]
    return max(_SEPARATORS, key=first.count)


@dataclasses.dataclass(frozen=True)
class _Place:
    """Where a value stands, for reading and for errors."""

    path: Path
    line: int
    decimal_comma: bool
    setting: str | None

    def cells(self, cells: Sequence[str], names: Sequence[str]) -> dict[str, str]:
        """Return the cells of the line by the names of their columns."""
        filled = [cell.strip() for cell in cells]
        while len(filled) > len(names) and not filled[-1]:
            filled.pop()
        if len(filled) > len(names):
            raise self.error(
                f"expected {len(names)} cells as in the first line, got {len(filled)}",
                "Put a label that has the separator in it between quotation marks.",
            )
        return dict(zip(names, filled, strict=False))

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
    def named(cls, names: Sequence[str], path: Path, setting: str | None) -> _Columns:
        """Look up the columns among the names in the first line."""

        def column(*synonyms: str) -> str | None:
            present = [name for name in names if name in synonyms]
            if len(present) > 1:
                raise DataError(
                    f"Expected one column {synonyms[0]} in {path}, got {' and '.join(present)}.",
                    "Remove or rename the others.",
                    setting,
                )
            return present[0] if present else None

        time = column(*_TIMES)
        if time is None or column("label") is None:
            raise DataError(
                f"Expected the columns time and label in {path}, got"
                f" {', '.join(names)[:80] or 'an empty file'}.",
                "Name the columns in the first line: time,label.",
                setting,
            )
        return cls(time, column(*_ENDS), column("duration"), column("source"))

    def event(self, row: Mapping[str, str], place: _Place) -> Event:
        """Read an event from the cells of a line, by the name of their column."""
        label = _label(row, place)
        time = place.seconds(row.get(self.time, ""), self.time)
        end = self._end(row, time, place)
        if end is not None and end <= time:
            raise place.error(
                f"{label!r} ends at {clock(end)}, not after it begins",
                "Write a later end, or none for one that lasts until the next event.",
            )
        return Event(time, label, end, (row.get(self.source) or None) if self.source else None)

    def _end(self, row: Mapping[str, str], time: float, place: _Place) -> float | None:
        """Read when an event ends."""
        if self.end is not None and row.get(self.end):
            return place.seconds(row[self.end], self.end)
        if self.duration is not None and row.get(self.duration):
            # So that 0.1 + 0.2 ends at 0.3.
            return to_microsecond(time + place.seconds(row[self.duration], self.duration))
        return None


def _label(row: Mapping[str, str], place: _Place) -> str:
    """Return the label of an event, or refuse one that does not fit on a line."""
    label = row.get("label", "")
    if not label:
        raise place.error("the label is missing", "Write one, or remove the line.")
    if any(unicodedata.category(sign) == "Cc" for sign in label):
        raise place.error(
            f"the label {label[:40]!r} has a line break or another control character in it",
            "Write it on one line, and close every quotation mark.",
        )
    return EXCLUDE if label.lower() == EXCLUDE else label
