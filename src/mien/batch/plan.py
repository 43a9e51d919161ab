"""The plan of a run: the list of its pictures, cut into shards, in one Parquet file."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from mien.batch.entries import Shard, Slice
from mien.batch.run_id import RunId
from mien.batch.writing import begun, to_disk
from mien.errors import DataError, OutputError, require
from mien.files import finish, open_for_arrow

NAME = "plan.parquet"
"""Of the plan in the folder of outputs."""

_KEY = b"mien.plan"
"""Of the file's metadata: what is read and how, the SHA-256 of the list, how many pictures are on
it, and which files were left out."""


class Plan:
    """A complete plan; each shard is read from the file when it is asked for.

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
        path = folder / NAME
        try:
            self._file = parquet.ParquetFile(open_for_arrow(path))
            content = json.loads(self._file.metadata.metadata[_KEY])
            self.run = RunId(**content["run"])
            """What is read, how, and with which network."""
            self.listing: str = content["listing"]
            """SHA-256 of the list."""
            self.inputs: int = content["inputs"]
            """How many pictures there are."""
            self.left_out: dict[str, int] = content["left_out"]
            """How many files were left out, by extension."""
        except FileNotFoundError as error:
            problem = f"There is no run of mien batch in {folder}."
            raise OutputError(problem, "Check the path of the folder.", "out") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise OutputError(
                f"{path} is damaged, or mien batch did not write it.",
                "Choose another folder.",
                "out",
            ) from error
        self.shards: int = self._file.num_row_groups
        """How many shards there are."""

    @property
    def fingerprint(self) -> str:
        """What identifies the run; each of its parts has it."""
        return hashlib.sha256(f"{self.listing}\n{self.run.to_json()}".encode()).hexdigest()

    def shard(self, number: int) -> Shard:
        """Read a shard."""
        columns = self._file.read_row_group(number).to_pydict()
        del columns["shard"]
        rows = zip(*columns.values(), strict=True)
        return Shard(number, tuple(_slice(*row) for row in rows))

    def count(self, number: int) -> int:
        """Count the inputs of a shard, without making its slices."""
        import pyarrow.compute

        ends = self._file.read_row_group(number, columns=["start", "stop"])
        lengths = pyarrow.compute.subtract(ends["stop"], ends["start"])
        return int(pyarrow.compute.sum(lengths).as_py())

    def slices(self) -> Iterator[Slice]:
        """Yield all slices in order."""
        for number in range(self.shards):
            yield from self.shard(number).slices


def write_plan(
    folder: Path, run: RunId, slices: Iterable[Slice], left_out: Callable[[], dict[str, int]]
) -> None:
    """Write the plan of a run, unless another process puts one in place first.

    Parameters
    ----------
    folder
        The folder of outputs, which exists.
    run
        What is read and how.
    slices
        All inputs in order; they are cut into shards as they come.
    left_out
        Returns, after the last of them, how many files were left out, by extension.

    Raises
    ------
    DataError
        If there are no inputs.
    OutputError
        If it cannot be written.
    """
    path = folder / NAME
    with begun(path) as part:
        _write(part, run, slices, left_out)
        _put_first(part, path)


def cut(slices: Iterable[Slice], size: int) -> Iterator[Shard]:
    """Cut inputs into shards.

    A Parquet file is cut where a shard is full. A tar file never is, since it can only be read from
    its beginning; so a shard may be smaller than `size`, or larger if it is one tar file.

    Parameters
    ----------
    slices
        The inputs in order.
    size
        How many make a shard.
    """
    number, room = 0, size
    current: list[Slice] = []
    for rest in slices:
        if not len(rest):
            # An empty file is on the list too, so that a change is noticed.
            current.append(rest)
        while len(rest):
            taken = _fitting(rest, room, size)
            if taken:
                current.append(dataclasses.replace(rest, stop=rest.start + taken))
                rest = dataclasses.replace(rest, start=rest.start + taken)
                room -= taken
            if room <= 0 or not taken:
                yield Shard(number, tuple(current))
                number, room, current = number + 1, size, []
    if current:
        yield Shard(number, tuple(current))


def _fitting(one: Slice, room: int, size: int) -> int:
    """Return how many inputs of a slice go into a shard that has room."""
    if one.kind == "tar":
        return len(one) if len(one) <= room or room == size else 0
    return min(room, len(one))


def _write(
    part: Path, run: RunId, slices: Iterable[Slice], left_out: Callable[[], dict[str, int]]
) -> None:
    """Write the shards as they are cut, a row group each."""
    import pyarrow.parquet

    schema = _schema()
    digest, inputs = hashlib.sha256(), 0
    with part.open("wb") as file, pyarrow.parquet.ParquetWriter(file, schema) as writer:
        for shard in cut(slices, run.shard_size):
            rows = [(shard.number, *_row(one)) for one in shard.slices]
            arrays = [
                pyarrow.array(column, field.type)
                for column, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            table = pyarrow.Table.from_arrays(arrays, schema=schema)
            writer.write_table(table, row_group_size=len(table))
            digest.update(repr(rows).encode())
            inputs += shard.inputs
        if not inputs:
            raise DataError("The sources name no pictures.", "Check what is in them.", "sources")
        content = {
            "run": dataclasses.asdict(run),
            "listing": digest.hexdigest(),
            "inputs": inputs,
            "left_out": left_out(),
        }
        writer.add_key_value_metadata({_KEY: json.dumps(content)})
    with part.open("rb+") as complete:
        to_disk(complete)


def _put_first(part: Path, path: Path) -> None:
    """Put a complete plan in its place, unless there is one: the first stays."""
    if path.exists():
        return
    # finish() gives it the usual permissions, but would replace that of another process.
    complete = part.with_name(f"{part.name}.complete")
    finish(part, complete, setting="out")
    try:
        os.link(complete, path)
    except FileExistsError:
        return
    except OSError:
        # A drive without hard links, where two processes at the same moment are less likely.
        complete.replace(path)
    finally:
        complete.unlink(missing_ok=True)


def _schema() -> Any:
    import pyarrow

    return pyarrow.schema(
        [
            ("shard", pyarrow.int32()),
            ("source", pyarrow.string()),
            # Only of a name that is not UTF-8.
            ("path", pyarrow.binary()),
            ("kind", pyarrow.dictionary(pyarrow.int32(), pyarrow.string())),
            ("start", pyarrow.int64()),
            ("stop", pyarrow.int64()),
            ("size", pyarrow.int64()),
        ]
    )


def _row(one: Slice) -> tuple[str, bytes | None, str, int, int, int | None]:
    """Return a slice as the file has it."""
    name, path = one.source, None
    try:
        name.encode()
    except UnicodeEncodeError:
        path = os.fsencode(name)
        name = path.decode("utf-8", "backslashreplace")
    return name, path, one.kind, one.start, one.stop, one.size


def _slice(
    name: str, path: bytes | None, kind: Any, start: int, stop: int, size: int | None
) -> Slice:
    return Slice(name if path is None else os.fsdecode(path), kind, start, stop, size)
