"""The plan of a run: the list of its pictures, cut into shards, in one Parquet file."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mien.batch.entries import Shard, Slice
from mien.batch.run_id import RunId
from mien.errors import OutputError, require
from mien.files import begin, cannot_write, finish

NAME = "plan.parquet"
"""Of the plan in the folder of outputs."""

_RUN, _LISTING, _INPUTS = b"mien.run", b"mien.listing", b"mien.inputs"
"""Keys of the file's metadata: what is read and how, the SHA-256 of the rows, and how many pictures
they are."""


class Plan:
    """A plan that is complete; each shard is read from the file when it is asked for.

    Parameters
    ----------
    folder
        The folder of outputs.

    Raises
    ------
    OutputError
        If there is no plan in it, or it is not one of mien's.
    """

    def __init__(self, folder: Path) -> None:
        parquet = require("pyarrow.parquet", "batch")
        self.path = folder / NAME
        try:
            self._file = parquet.ParquetFile(self.path)
            metadata = self._file.schema_arrow.metadata or {}
            metadata = self._file.metadata.metadata or metadata
            self.run = RunId.from_json(metadata[_RUN].decode())
            self.listing: str = metadata[_LISTING].decode()
            self.inputs = int(metadata[_INPUTS])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise OutputError(
                f"{self.path} is not a plan of mien batch, or is damaged.",
                "Choose another folder, or remove all that mien batch wrote into this one.",
                "out",
            ) from error
        self.fingerprint = self.run.fingerprint(self.listing)
        """Identifies the run; each of its parts has it."""
        self.shards: int = self._file.num_row_groups
        """How many shards there are."""

    def shard(self, number: int) -> Shard:
        """Read a shard."""
        columns = self._file.read_row_group(number).to_pydict()
        del columns["shard"]
        rows = zip(*columns.values(), strict=True)
        return Shard(number, tuple(_slice(*row) for row in rows))


def write_plan(folder: Path, run: RunId, slices: Iterable[Slice]) -> None:
    """Write the plan of a run, unless another process puts one in place first.

    Parameters
    ----------
    folder
        The folder of outputs, which exists.
    run
        What is read and how.
    slices
        All inputs in order; they are cut into shards as they come.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    path = folder / NAME
    part = begin(path, setting="out")
    try:
        _write(part, run, slices)
        _put_first(part, path)
    except OSError as error:
        raise cannot_write(path, error, setting="out") from error
    finally:
        part.unlink(missing_ok=True)


def cut(slices: Iterable[Slice], size: int) -> Iterator[Shard]:
    """Cut inputs into shards.

    A Parquet file is cut where a shard is full; a tar file never is, since it can only be read from
    its beginning. A shard with a large tar file has nothing else.
    """
    number, inputs = 0, 0
    current: list[Slice] = []
    for one in _pieces(slices, size):
        while len(one):
            room = size - inputs
            if one.kind == "tar" and len(one) > room and current:
                room = 0
            taken = len(one) if one.kind == "tar" and room else min(room, len(one))
            if taken:
                current.append(dataclasses.replace(one, stop=one.start + taken))
                one = dataclasses.replace(one, start=one.start + taken)
                inputs += taken
            if inputs >= size or not taken:
                yield Shard(number, tuple(current))
                number, inputs, current = number + 1, 0, []
    if current:
        yield Shard(number, tuple(current))


def _pieces(slices: Iterable[Slice], size: int) -> Iterator[Slice]:
    return iter(slices)


def _write(part: Path, run: RunId, slices: Iterable[Slice]) -> None:
    """Write the shards as they are cut, a row group each."""
    import pyarrow.parquet

    schema = _schema()
    digest, inputs = hashlib.sha256(), 0
    with pyarrow.parquet.ParquetWriter(part, schema) as writer:
        for shard in cut(slices, run.shard_size):
            columns = list(zip(*((shard.number, *_row(one)) for one in shard.slices), strict=True))
            arrays = [
                pyarrow.array(column, field.type)
                for column, field in zip(columns, schema, strict=True)
            ]
            table = pyarrow.Table.from_arrays(arrays, schema=schema)
            writer.write_table(table, row_group_size=max(1, len(table)))
            for one in shard.slices:
                digest.update(repr(_row(one)).encode())
            inputs += shard.inputs
        writer.add_key_value_metadata(
            {_RUN: run.to_json(), _LISTING: digest.hexdigest(), _INPUTS: str(inputs)}
        )
    with part.open("rb+") as file:
        os.fsync(file.fileno())


def _put_first(part: Path, path: Path) -> None:
    """Put a complete plan in its place, unless there is one: the first stays."""
    part.chmod(0o644)
    try:
        os.link(part, path)
    except FileExistsError:
        return
    except OSError:
        # A file system without hard links.
        if not path.exists():
            finish(part, path, setting="out")


def _schema() -> Any:
    import pyarrow

    return pyarrow.schema(
        [
            ("shard", pyarrow.int32()),
            ("source", pyarrow.string()),
            # Of a name that is not UTF-8.
            ("path", pyarrow.binary()),
            ("kind", pyarrow.dictionary(pyarrow.int32(), pyarrow.string())),
            ("start", pyarrow.int64()),
            ("stop", pyarrow.int64()),
            ("size", pyarrow.int64()),
        ]
    )


def _row(one: Slice) -> tuple[str, bytes | None, str, int, int, int | None]:
    """Return a slice as the file has it."""
    try:
        one.source.encode()
        path = None
    except UnicodeEncodeError:
        path = os.fsencode(one.source)
    name = one.source if path is None else path.decode("utf-8", "backslashreplace")
    return name, path, one.kind, one.start, one.stop, one.size


def _slice(
    name: str, path: bytes | None, kind: Any, start: int, stop: int, size: int | None
) -> Slice:
    return Slice(name if path is None else os.fsdecode(path), kind, start, stop, size)
