"""Reads shards on this machine, in threads."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

from mien.batch.entries import ShardResult
from mien.batch.locks import Claims
from mien.batch.parts import read_part
from mien.batch.plan import Plan
from mien.batch.shards import ShardReader

_PAUSE = 0.5
"""Seconds from one look at what other processes have done to the next."""


def run(
    folder: Path,
    shards: Sequence[int],
    *,
    threads: int | None = None,
    tell: Callable[[int], object] = lambda pictures: None,
) -> Generator[ShardResult, None, None]:
    """Read shards on all cores, and yield what became of each once its part is written.

    Shards that another process reads are left to it; if it dies, they are read here.

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
    with (
        contextlib.closing(ShardReader(folder, threads)) as reader,
        contextlib.closing(Claims(folder)) as claims,
    ):
        left = _Left(folder, shards, claims)
        while left.shards:
            with contextlib.closing(reader.read_many(left.free(), tell)) as results:
                for result in results:
                    claims.give_back(result.number)
                    yield result
            if left.shards:
                time.sleep(_PAUSE)


class _Left:
    """The shards that no process has read yet, as far as is known."""

    def __init__(self, folder: Path, shards: Sequence[int], claims: Claims) -> None:
        self._folder = folder
        self._fingerprint = Plan(folder).fingerprint
        self._claims = claims
        self.shards = list(shards)
        """Those that this process has not begun, nor another one ended."""

    def free(self) -> Iterator[int]:
        """Yield the shards that no other process reads now, each claimed for this one."""
        for shard in self.shards.copy():
            if not self._claims.take(shard):
                continue
            self.shards.remove(shard)
            # Another process may have read it since the list was made.
            if read_part(self._folder, self._fingerprint, shard) is None:
                yield shard
            else:
                self._claims.give_back(shard)
