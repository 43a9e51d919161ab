"""The parts of the table, one a shard, and how a part is known to be complete."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mien.batch.entries import ShardResult
from mien.batch.writing import written
from mien.errors import OutputError, require
from mien.files import open_for_arrow

if TYPE_CHECKING:
    import pyarrow

_KEY = b"mien.part"
"""Of the file's metadata: which run and shard it belongs to, and what is in it."""


def part_path(folder: Path, shard: int) -> Path:
    """Return where the part of a shard is."""
    return folder / f"part-{shard:05d}.parquet"


def write_part(
    folder: Path, fingerprint: str, result: ShardResult, tables: Sequence[pyarrow.Table]
) -> None:
    """Write the part of a shard: completely, on the disk, or not at all.

    Parameters
    ----------
    folder
        The folder of outputs.
    fingerprint
        Identifies the run.
    result
        What became of the shard.
    tables
        Its rows in order.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    import pyarrow
    import pyarrow.parquet

    path = part_path(folder, result.number)
    content = {"run": fingerprint, **dataclasses.asdict(result)}
    table = pyarrow.concat_tables(tables).combine_chunks()
    table = table.replace_schema_metadata({_KEY: json.dumps(content)})
    with written(path) as file:
        pyarrow.parquet.write_table(table, file, write_page_checksum=True)


def read_part(folder: Path, fingerprint: str, shard: int) -> ShardResult | None:
    """Return what a complete part says of its shard; None if there is no part yet.

    Raises
    ------
    OutputError
        If a file of its name is not the part of this shard in this run.
    """
    parquet = require("pyarrow.parquet", "batch")
    path = part_path(folder, shard)
    try:
        with open_for_arrow(path) as file:
            metadata = parquet.read_metadata(file).metadata or {}
        content = json.loads(metadata[_KEY])
        run = content.pop("run")
        result = ShardResult(**content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _not_ours(path, "is damaged, or mien batch did not write it") from error
    if (run, result.number) != (fingerprint, shard):
        raise _not_ours(path, "belongs to another run")
    return result


def failed_inputs(folder: Path, shard: int) -> list[tuple[str, str]]:
    """List the pictures of a part that could not be read, each with what is wrong with it."""
    import pyarrow.parquet

    with open_for_arrow(part_path(folder, shard)) as file:
        columns = pyarrow.parquet.read_table(file, columns=["source", "error"]).to_pydict()
    pairs = zip(columns["source"], columns["error"], strict=True)
    return [(source, error) for source, error in pairs if error is not None]


def _not_ours(path: Path, why: str) -> OutputError:
    return OutputError(
        f"{path} {why}.",
        "Remove it to have its shard read again, or choose another folder.",
        "out",
    )
