"""Writes what was read as JSON, CSV and Parquet, picture by picture."""

from __future__ import annotations

import abc
import contextlib
import csv
import io
import json
import os
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Self, TextIO

from mien.errors import OutputError
from mien.files import begin, cannot_write, canonical, finish, is_open_file
from mien.outputs.signs import is_earlier_output
from mien.perception import table_columns
from mien.perception.picture import Failure, Picture
from mien.perception.table_columns import Cell, Table
from mien.stdout import is_stdout, refuse_terminal, write_bytes

_ROWS = 4096  # of a row group in Parquet, at most
_BUFFER = 1 << 20  # bytes, more than the rows of a picture take: 3,000 faces would fill it


class Sink(abc.ABC):
    """Where pictures go as they are read; a context manager.

    A file is written under a temporary name beside its place. Leaving the context, by whatever
    exception, completes it and puts it in its place, so that what was read so far is kept.

    Parameters
    ----------
    path
        The file, or ``"-"`` for standard output, which gets JSON and CSV as the pictures come
        and Parquet at the end.
    setting
        The setting that names the file, for errors.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """

    def __init__(self, path: str | Path, setting: str | None = None) -> None:
        self._path = Path(path)
        self._setting = setting
        self._discarded = False
        self._part = None if is_stdout(path) else begin(self._path, setting=setting)

    @abc.abstractmethod
    def add(self, result: Picture | Failure) -> None:
        """Append a picture, or a failure to read one.

        Raises
        ------
        OutputError
            If the disk is full.
        """

    @abc.abstractmethod
    def _complete(self) -> None:
        """Write what is still missing, and close the file."""

    @property
    def path(self) -> Path | None:
        """The file; None for standard output."""
        return None if self._part is None else self._path

    @property
    def temporary(self) -> Path | None:
        """What the file is called until it is complete; None for standard output."""
        return self._part

    def discard(self) -> None:
        """Make `close` leave an earlier file as it is; standard output is still completed."""
        self._discarded = True

    def close(self) -> None:
        """Complete the file and put it in its place.

        Raises
        ------
        OutputError
            If that fails; the file is then not put there.
        """
        try:
            with self._refusing():
                self._complete()
            if self._part is not None and not self._discarded:
                finish(self._part, self._path, setting=self._setting)
        finally:
            if self._part is not None:
                self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        try:
            self.close()
        except (OutputError, OSError):
            # The first error is the one that the user must see.
            if error is None:
                raise

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        """Turn a full disk into an error of mien's; a closed pipe stays what it is."""
        try:
            yield
        except OSError as error:
            if self._part is None:
                raise
            raise cannot_write(self._path, error, setting=self._setting) from error


class TextSink(Sink):
    """A sink of UTF-8 text.

    Parameters
    ----------
    path, setting
        As for `Sink`.
    partial
        Whether the file can be followed while it is written, as ``faces.partial.csv`` for
        ``faces.csv``, and stays under that name if the process is killed. Otherwise its temporary
        name is hidden.
    keep_longer
        Whether a longer file that a killed process left under that name stays there until this one
        is as long.

    Raises
    ------
    OutputError
        If the file cannot be written, or one that mien did not write has that name.
    """

    def __init__(
        self,
        path: str | Path,
        setting: str | None = None,
        *,
        partial: bool = False,
        keep_longer: bool = False,
    ) -> None:
        partial = partial and not is_stdout(path)
        name = partial_name(Path(path))
        if partial:
            _check_partial(name, setting)
        super().__init__(path, setting)
        self._partial = self._hidden = partial
        self._length = 0
        self._earlier = name.stat().st_size if partial and keep_longer and name.exists() else 0
        if partial and not self._earlier:
            self._show()
        self._file: TextIO = sys.stdout if self._part is None else self._opened(self._part)

    def close(self) -> None:
        """Complete the file and put it in its place.

        Raises
        ------
        OutputError
            If that fails, or another process took its temporary name.
        """
        if self._part is not None and not is_open_file(self._file, self._part):
            self._file.close()
            part, self._part = self._part, None
            raise OutputError(
                f"Cannot complete {self._path}: another process replaced {part.name}, its name"
                " until it is complete.",
                "Let only one run at a time write to this folder.",
                self._setting,
            )
        super().close()
        if self._hidden and not self._discarded:
            # One that is still longer is not followed any more.
            partial_name(self._path).unlink(missing_ok=True)

    def _write(self, text: str) -> None:
        try:
            with self._refusing():
                # In one piece, so that a process that is killed leaves no half of a line.
                self._file.write(text)
                self._file.flush()
        except OutputError:
            if self._partial:
                self._cut_off()
            raise
        self._length += len(text.encode())
        if self._hidden and self._length >= self._earlier:
            # Closed, since Windows renames no open file.
            self._file.close()
            self._file = self._opened(self._show())

    def _show(self) -> Path:
        """Move the temporary file to the name that users know, and return where it is."""
        assert self._part is not None
        try:
            finish(self._part, partial_name(self._path), setting=self._setting)
        except OutputError:
            self._part.unlink(missing_ok=True)
            raise
        self._part, self._hidden = canonical(partial_name(self._path)), False
        return self._part

    def _cut_off(self) -> None:
        """Cut off the line that a full disk left incomplete; further ones may be written again."""
        if self._part is not None:
            # What waits to be written is written once more, which fails again.
            with contextlib.suppress(OSError):
                self._file.close()
            os.truncate(self._part, self._length)
            self._file = self._opened(self._part)

    @staticmethod
    def _opened(path: Path) -> TextIO:
        return path.open("a", _BUFFER, encoding="utf-8", newline="")

    def _close_file(self) -> None:
        if self._part is not None:
            self._file.close()


class JsonSink(TextSink):
    """Writes a JSON array with an object for each picture; see `Sink` for the parameters."""

    def __init__(self, path: str | Path, setting: str | None = None) -> None:
        super().__init__(path, setting)
        self._any = False

    def add(self, result: Picture | Failure) -> None:
        """Append an object; see `Picture.to_dict` and `Failure.to_dict`."""
        text = textwrap.indent(json.dumps(result.to_dict(), indent=2), "  ")
        self._write(f"{',' if self._any else '['}\n{text}")
        self._any = True

    def _complete(self) -> None:
        try:
            self._write("\n]\n" if self._any else "[]\n")
        finally:
            self._close_file()


class CsvSink(TextSink):
    """Writes the table as CSV; a picture that could not be read has no row.

    Parameters
    ----------
    path, setting, partial, keep_longer
        As for `TextSink`.
    table
        Which columns it has.
    """

    def __init__(
        self,
        path: str | Path,
        table: Table,
        setting: str | None = None,
        *,
        partial: bool = False,
        keep_longer: bool = False,
    ) -> None:
        super().__init__(path, setting, partial=partial, keep_longer=keep_longer)
        self._table = table
        self._header = _csv_line(table.names)

    def add(self, result: Picture | Failure) -> None:
        """Append a row for each face, or one that says that no face was found."""
        if isinstance(result, Picture):
            lines = [_csv_line(map(_csv_cell, row)) for row in self._table.rows(result)]
            self._write("".join([self._header, *lines]))
            self._header = ""

    def _complete(self) -> None:
        try:
            self._write(self._header)
        finally:
            self._close_file()


class ParquetSink(Sink):
    """Writes the table as Parquet; otherwise as `CsvSink`.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    SettingsError
        If it would be printed on a terminal.
    """

    def __init__(self, path: str | Path, table: Table, setting: str | None = None) -> None:
        if is_stdout(path):
            refuse_terminal("Parquet", setting)
        schema = table.arrow_schema()
        parquet = table_columns.require_package("pyarrow.parquet")
        super().__init__(path, setting)
        # pyarrow asks for its position, which a pipe does not have.
        self._file: IO[bytes] = io.BytesIO() if self._part is None else self._part.open("wb")
        self._table = table
        self._rows: list[list[Cell]] = []
        self._writer: Any = parquet.ParquetWriter(self._file, schema)

    def add(self, result: Picture | Failure) -> None:
        """Append a row for each face, or one that says that no face was found."""
        if isinstance(result, Picture):
            self._rows += self._table.rows(result)
        if len(self._rows) >= _ROWS:
            with self._refusing():
                self._flush()

    def _flush(self) -> None:
        if self._rows:
            rows, self._rows = self._rows, []
            self._writer.write_table(self._table.to_arrow(rows))

    def _complete(self) -> None:
        with self._file:
            try:
                self._flush()
            finally:
                self._writer.close()
            if isinstance(self._file, io.BytesIO):
                write_bytes(self._file.getvalue())


def partial_name(path: Path) -> Path:
    """Return the name of a table while it is written: ``faces.partial.csv`` for ``faces.csv``."""
    return path.with_name(f"{path.stem}.partial{path.suffix}")


def _check_partial(path: Path, setting: str | None) -> None:
    """Refuse to replace a file that is not a table of mien's."""
    if path.exists() and not is_earlier_output(path, "pictures", "csv"):
        raise OutputError(
            f"{path} exists and was not written by mien, which calls the table so until it is"
            " complete.",
            "Rename that file, or choose another folder.",
            setting,
        )


def _csv_cell(cell: Cell) -> str | int | float:
    """Return a cell as CSV has it: empty if not available, a set's names between bars."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()  # R takes a column of "true" and empty cells for text
    return "|".join(cell) if isinstance(cell, tuple) else cell


def _csv_line(cells: Iterable[str | int | float]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
