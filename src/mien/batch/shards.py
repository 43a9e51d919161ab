"""Reads shards, and writes the part of each."""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from mien.batch.entries import Shard, ShardResult
from mien.batch.groups import GroupReader, GroupRows
from mien.batch.inputs import FETCHED, inputs_of
from mien.batch.locks import Alive
from mien.batch.parts import write_part
from mien.batch.plan import Plan
from mien.batch.run_id import RunId
from mien.batch.storage import Storage
from mien.cores import usable_cores
from mien.errors import NetError
from mien.models.zoo import info_path, sha256_of
from mien.perception.reader import Reader

if TYPE_CHECKING:
    import pyarrow

GROUP = 16
"""Pictures whose faces go through the network together. Which ones do is fixed by the shard alone,
so that neither threads nor engines change the last digit of a row."""

_AHEAD = 2
"""Groups that wait beyond those in work."""


def open_reader(run: RunId) -> Reader:
    """Return the reader of a run, whose steps take one thread each.

    Raises
    ------
    NetError
        If the network is unknown, or not the one that the run was planned with.
    SettingsError
        If a setting does not fit the network.
    """
    if sha256_of(info_path(run.net)) != run.info_sha256:
        raise NetError(
            f"The network {run.net} is not the one that the run was planned with.",
            "Put that network back, or begin a new run in another folder.",
            "net",
        )
    return Reader(run.net, threads=1, **run.reading)


@dataclasses.dataclass(frozen=True)
class _Begun:
    """A group of a shard that is in work; the last of a shard has no group, and ends it."""

    shard: Shard
    group: Future[GroupRows] | None


class ShardReader:
    """Reads the shards of a run; made once a process.

    A part is a pure function of the plan, the settings and the network: the same to the last bit,
    whatever number of threads and processes there are.

    Parameters
    ----------
    folder
        The folder of outputs, where the plan is.
    threads
        Pictures read at once; None is one for each core that the process may use.

    Raises
    ------
    OutputError
        If there is no plan in the folder.
    NetError
        If the network is not the one that the run was planned with.
    """

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self._folder = Path(folder)
        self._plan = Plan(self._folder)
        run = self._plan.run
        self._threads = threads or usable_cores()
        self._storage = Storage(run.folder, run.endpoint, run.reading["max_megabytes"])
        self._groups = GroupReader(open_reader(run))
        self._alive = Alive(self._folder)

    def close(self) -> None:
        """Let other runs know that this one is over."""
        self._alive.close()

    def read(self, shard: int) -> ShardResult:
        """Read a shard and write its part, also if there is one already.

        Raises
        ------
        OutputError
            If the part cannot be written.
        DataError
            If the server of the pictures cannot be reached.
        """
        return next(self.read_many([shard]))

    def read_many(
        self, shards: Iterable[int], tell: Callable[[int], object] = lambda pictures: None
    ) -> Generator[ShardResult, None, None]:
        """Read several shards in turn; the next one begins while the last pictures are in work.

        Closing the iterator stops the threads.

        Parameters
        ----------
        shards
            Their numbers, each of which is taken when the shard begins.
        tell
            Called with how many pictures were read since the last call.

        Yields
        ------
        ShardResult
            One for each shard, once its part is written.

        Raises
        ------
        OutputError, DataError
            As `read`.
        """
        stop = threading.Event()
        readers = ThreadPoolExecutor(self._threads, thread_name_prefix="mien-batch")
        fetchers = ThreadPoolExecutor(FETCHED, thread_name_prefix="mien-fetch")
        try:
            yield from self._written(self._begun(shards, readers, fetchers, stop), tell)
        finally:
            stop.set()
            fetchers.shutdown(wait=False, cancel_futures=True)
            readers.shutdown(wait=True, cancel_futures=True)

    def _begun(
        self, shards: Iterable[int], readers: Executor, fetchers: Executor, stop: threading.Event
    ) -> Iterator[_Begun]:
        """Begin the groups of the shards, a few ahead of the one that is yielded."""
        waiting: deque[_Begun] = deque()
        column = self._plan.run.image_column
        for number in shards:
            shard = self._plan.shard(number)
            inputs = inputs_of(shard, self._storage, column, fetchers)
            while group := list(islice(inputs, GROUP)):
                waiting.append(_Begun(shard, readers.submit(self._groups.read, group, stop)))
                if len(waiting) >= self._threads + _AHEAD:
                    yield waiting.popleft()
            waiting.append(_Begun(shard, None))
        yield from waiting

    def _written(
        self, begun: Iterator[_Begun], tell: Callable[[int], object]
    ) -> Iterator[ShardResult]:
        """Write the part of each shard when its groups are done."""
        groups: list[GroupRows] = []
        for one in begun:
            if one.group is not None:
                groups.append(one.group.result())
                tell(groups[-1].inputs)
                continue
            yield self._write(one.shard, groups)
            groups = []

    def _write(self, shard: Shard, groups: Sequence[GroupRows]) -> ShardResult:
        tables: list[pyarrow.Table] = [self._groups.no_rows(), *(one.table for one in groups)]
        result = ShardResult(
            number=shard.number,
            inputs=shard.inputs,
            rows=sum(map(len, tables)),
            faces=sum(group.faces for group in groups),
            failures=sum(group.failures for group in groups),
        )
        write_part(self._folder, self._plan.fingerprint, result, tables)
        return result
