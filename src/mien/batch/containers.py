"""Counts and reads the pictures in Parquet and tar files."""

from __future__ import annotations

import io
import posixpath
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from mien.batch.entries import Kind, Slice
from mien.batch.storage import Storage, changed, explained, is_url
from mien.errors import DataError, MienError, PictureError, require
from mien.image import SUFFIXES

_ROWS = 16
"""Rows of Parquet that are decoded at once: photos may have several megabytes each."""

_SMALL = 1 << 26
"""Bytes of a Parquet file up to which all pictures of a row group are read at once. The file is
asked rather than its row groups: pyarrow ends the process if what a damaged one says of its columns
does not fit together."""

_BUFFER = 1 << 20
"""Bytes of pictures that are read at once from a larger file, whose row groups may have gigabytes.
Each page is then read by itself, and pyarrow makes room for as many bytes as a damaged one claims,
up to two gigabytes."""

_BLOCK = 512
"""Bytes of a tar file's header."""

_DAMAGED = (ValueError, LookupError, ArithmeticError)
"""What tarfile lets through of the numbers and lists in a damaged file, besides its own errors."""

Content = bytes | PictureError | None
"""An encoded picture, why it is not read, or None where there is none."""


def count(storage: Storage, name: str, kind: Kind, column: str) -> int:
    """Count the pictures in a file.

    Parameters
    ----------
    storage
        Opens it.
    name
        Path or URL.
    kind
        ``"parquet"`` or ``"tar"``.
    column
        The column of Parquet with the pictures.

    Raises
    ------
    DataError
        If the file cannot be read, is damaged, or has no such column.
    """
    with storage.open(name) as file, _named(name, kind):
        if kind == "tar":
            return sum(1 for _ in _members(file))
        parquet = require("pyarrow.parquet", "batch").ParquetFile(file)
        _leaf(parquet, name, column)
        return int(parquet.metadata.num_rows)


def read(storage: Storage, one: Slice, column: str) -> Iterator[tuple[str, Content]]:
    """Yield the name and the encoded bytes of each picture of a slice.

    Parameters
    ----------
    storage, column
        As in `count`.
    one
        The slice.

    Raises
    ------
    DataError
        If the file cannot be read, is damaged from some picture on, or has changed since the run
        was planned.
    """
    size = storage.size(one.source)
    if None not in (size, one.size) and size != one.size:
        problem = changed(one.source, one.size or 0, size or 0)
        raise DataError(problem, "Begin a new run in another folder.")
    with storage.open(one.source) as file, _named(one.source, one.kind):
        # All of a tar file is read, to its end, so that damage there is noticed.
        if one.kind == "tar":
            yield from _tar(storage, file, one.source)
        else:
            yield from _parquet(storage, file, one, column)


def _tar(storage: Storage, file: IO[bytes], source: str) -> Iterator[tuple[str, Content]]:
    """Yield the names and bytes of the pictures in a tar file."""
    for archive, member in _members(file):
        name = f"{source}#{member.name}"
        # Before it is read: a sparse one has any number of bytes in no room.
        refusal = _refusal(storage, member.size, name)
        content = archive.extractfile(member)
        assert content is not None
        yield name, refusal or content.read()


def _refusal(storage: Storage, size: int, name: str) -> PictureError | None:
    """Return why a picture of so many bytes is not read, if it is not."""
    try:
        storage.refuse_large(size, name)
    except PictureError as error:
        return error
    return None


def _members(file: IO[bytes]) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Yield the pictures among the members of a tar file, in order."""
    with _header():
        archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115
    with archive:
        while (member := _next_member(archive)) is not None:
            # It would keep every member, which is a gigabyte for a million.
            archive.members.clear()  # type: ignore[attr-defined]
            if member.isfile() and _is_picture(member.name):
                yield archive, member
        # tarfile takes a damaged header for the end, which is a block of zeros or that of the file.
        file.seek(archive.offset)
        if file.read(_BLOCK).strip(b"\0"):
            raise tarfile.ReadError("it is cut off or damaged in the middle")


def _next_member(archive: tarfile.TarFile) -> tarfile.TarInfo | None:
    """Return the next member; None behind the last."""
    with _header():
        member = archive.next()
    # tarfile would read a member of a negative size again and again.
    if member is not None and archive.offset <= member.offset:
        raise tarfile.ReadError("a member has a negative size")
    return member


@contextmanager
def _header() -> Iterator[None]:
    """Raise what is wrong with a damaged header as what tarfile raises for others."""
    try:
        yield
    # It may claim any length, and go on in any number of further headers.
    except (MemoryError, RecursionError) as error:
        raise tarfile.ReadError("a header is damaged") from error


def _is_picture(name: str) -> bool:
    base = posixpath.basename(name)
    return posixpath.splitext(base)[1].lower() in SUFFIXES and not base.startswith(".")


def _parquet(
    storage: Storage, file: IO[bytes], one: Slice, column: str
) -> Iterator[tuple[str, Content]]:
    """Yield the rows of a slice of Parquet; only the row groups that hold some are read."""
    buffer = 0 if file.seek(0, io.SEEK_END) <= _SMALL else _BUFFER
    parquet = require("pyarrow.parquet", "batch").ParquetFile(
        file, buffer_size=buffer, pre_buffer=False
    )
    leaf = _leaf(parquet, one.source, column)
    groups, row = [], 0
    first = None
    for number in range(parquet.num_row_groups):
        end = row + parquet.metadata.row_group(number).num_rows
        if row < one.stop and end > one.start:
            groups.append(number)
            first = row if first is None else first
        row = end
    place = first or 0
    # In this thread: pyarrow's own must not let go of a file of Python's while that is ending.
    batches = parquet.iter_batches(
        _ROWS, row_groups=groups, columns=[leaf], use_threads=False
    )
    for batch in batches:
        for value in batch.column(0).to_pylist():
            if one.start <= place < one.stop:
                content = value["bytes"] if isinstance(value, dict) else value
                name = f"{one.source}#{place}"
                yield name, _refusal(storage, len(content or b""), name) or content
            place += 1


def _leaf(parquet: Any, name: str, column: str) -> str:
    """Return what holds the bytes: the column, or the field ``bytes`` of it.

    Raises
    ------
    DataError
        If there is no such column of pictures.
    """
    import pyarrow

    schema = parquet.schema_arrow
    places = schema.get_all_field_indices(column)
    if len(places) > 1:
        raise DataError(
            f"{name} has {len(places)} columns called {column!r}.",
            "Rename all but that of the pictures, or name another one.",
            "image_column",
        )
    kind = schema.field(places[0]).type if places else None
    if kind is not None and pyarrow.types.is_struct(kind):
        names = [kind.field(place).name for place in range(kind.num_fields)]
        inner = kind.field(names.index("bytes")).type if "bytes" in names else None
        if _is_bytes(inner):
            return f"{column}.bytes"
    if _is_bytes(kind):
        return column
    found = ", ".join(schema.names[:20])
    raise DataError(
        f"{name} has no column {column!r} with encoded pictures, but {found}."
        if kind is None
        else f"The column {column!r} of {name} has no encoded pictures, but values of type {kind}.",
        "Name the column that holds bytes, or a struct with a field bytes. List paths in a text"
        " file.",
        "image_column",
    )


def _is_bytes(kind: Any) -> bool:
    import pyarrow

    # A column without a value may have no type.
    types = pyarrow.types
    return kind is not None and (
        types.is_binary(kind) or types.is_large_binary(kind) or types.is_null(kind)
    )


@contextmanager
def _named(name: str, kind: Kind) -> Iterator[None]:
    """Turn what the readers of both formats raise into a sentence that names the file."""
    import pyarrow

    try:
        yield
    except MienError:
        raise
    except (*_DAMAGED, tarfile.TarError, pyarrow.ArrowException, EOFError, OSError) as error:
        if is_url(name) and not isinstance(error, tarfile.TarError | pyarrow.ArrowInvalid):
            with explained(name):
                raise
        form = {"parquet": "Parquet", "tar": "tar"}[kind]
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise DataError(
            f"{name} is not a {form} file, or is damaged: {reason}.",
            "Get the file again, or leave it out.",
        ) from error
