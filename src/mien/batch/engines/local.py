"""Reads shards on this machine, in threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mien.batch.entries import ShardResult
from mien.batch.shards import ShardReader


def run(
    folder: Path,
    shards: Sequence[int],
    *,
    threads: int | None = None,
    tell: Callable[[int], object] = lambda pictures: None,
) -> Iterator[ShardResult]:
    """Read shards on all cores, and yield what became of each once its part is written.

    Parameters
    ----------
    folder
        The folder of outputs, where the plan is.
    shards
        Their numbers.
    threads
        Pictures read at once; None is one for each core that the process may use.
    tell
        Called with how many pictures were read since the last call.

    Raises
    ------
    OutputError, DataError, NetError
        As `ShardReader`.
    """
    yield from ShardReader(folder, threads).read_many(shards, tell)
