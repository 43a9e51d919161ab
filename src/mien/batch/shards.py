"""Reads shards, and writes the part of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dataclasses
import threading

import numpy as np

from mien.batch.entries import Shard, ShardResult
from mien.batch.inputs import Input, inputs_of
from mien.batch.parts import write_part
from mien.batch.plan import Plan
from mien.batch.storage import Storage
from mien.cores import usable_cores
from mien.errors import MienError, NetError
from mien.image import decode
from mien.models.zoo import info_path, sha256_of
from mien.perception.picture import Picture
from mien.perception.reader import Reader
from mien.perception.table_columns import Cell, Table
from mien.words import printable

if TYPE_CHECKING:
    import pyarrow

GROUP = 16
"""Pictures whose faces go through the network together. Which do is fixed by the shard alone, so
that neither threads nor engines change the last digit of a row."""

_AHEAD = 2
"""Groups that wait beyond those in work."""


class ShardReader:
    """Reads the shards of a run; made once a process.

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
        self._threads = threads or usable_cores()
        run = self._plan.run
        self._storage = Storage(run.folder, run.endpoint)
        if sha256_of(info_path(run.net)) != run.info_sha256:
            raise NetError(
                f"The network {run.net} is not the one that the run in {folder} was planned with.",
                "Put that network back, or begin anew in another folder.",
                "net",
            )
        self._reader = Reader(run.net, threads=1, **run.reading)
        self._table = Table(self._reader.vocabulary, run.reading["coverage"] is not None)
        self._schema = self._table.arrow_schema().append(_error_field())

    def read(self, shard: int) -> ShardResult:
        """Read a shard and write its part, also if there is one already.

        Raises
        ------
        OutputError
            If the part cannot be written.
        DataError
            If the pictures cannot be reached, or a file of many is not what it was.
        """
        return next(self.read_many([shard]))

    def read_many(
        self, shards: Iterable[int], tell: Callable[[int], object] = lambda pictures: None
    ) -> Generator[ShardResult, None, None]:
        """Read several shards, the next of which begins while one ends.

        Parameters
        ----------
        shards
            Their numbers; each is taken when it is begun.
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
        pool = ThreadPoolExecutor(self._threads, thread_name_prefix="mien-batch")
        waiting: deque[tuple[int, int, Future[_Group] | None]] = deque()
        try:
            yield from self._in_order(pool, stop, shards, waiting, tell)
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _in_order(self, pool, stop, shards, waiting, tell):  # type: ignore[no-untyped-def]
        done: list[_Group] = []
        for number in shards:
            shard = self._plan.shard(number)
            inputs = inputs_of(shard, self._storage)
            while group := list(islice(inputs, GROUP)):
                waiting.append((number, 0, pool.submit(self._read_group, group, stop)))
                while len(waiting) > self._threads + _AHEAD:
                    yield from self._take(waiting, done, tell)
            waiting.append((number, shard.inputs, None))
        while waiting:
            yield from self._take(waiting, done, tell)

    def _take(self, waiting, done, tell):  # type: ignore[no-untyped-def]
        number, inputs, future = waiting.popleft()
        if future is not None:
            group = future.result()
            done.append(group)
            tell(group.inputs)
            return
        yield self._write(number, inputs, done)
        done.clear()

    def _write(self, number: int, inputs: int, groups: Sequence[_Group]) -> ShardResult:
        result = ShardResult(
            number=number,
            inputs=inputs,
            rows=sum(len(group.rows) for group in groups),
            faces=sum(group.faces for group in groups),
            failures=sum(group.failures for group in groups),
        )
        write_part(self._folder, self._plan.fingerprint, result, [group.rows for group in groups])
        return result

    def _read_group(self, inputs: Sequence[Input], stop: threading.Event) -> _Group:
        found = []
        for one in inputs:
            if stop.is_set():
                raise InterruptedError
            found.append(self._find(one))
        crops = [item[2] for item in found if len(item[2])]
        probabilities = iter(())
        if crops:
            probabilities = iter(self._reader.classify(np.concatenate(crops)))
        rows: list[list[Cell]] = []
        faces = failures = 0
        for (picture, detections, own, error) in found:
            own_rows = np.asarray(list(islice(probabilities, len(detections))))
            if len(detections):
                picture = dataclasses.replace(
                    picture, faces=self._reader.assemble(detections, own, own_rows)
                )
            rows += [[*row, error] for row in self._table.rows(picture)]
            faces += len(detections)
            failures += error is not None
        return _Group(len(inputs), faces, failures, self._to_arrow(rows))

    def _find(self, one: Input):  # type: ignore[no-untyped-def]
        name = printable(one.name)
        nothing = Picture(name, 0, 0, (), self._reader.name, self._reader.vocabulary,
                          self._reader.coverage)
        try:
            image = decode(one.content(), name, self._reader.max_megapixels)
            detections = self._reader.find(image)
            return nothing, detections, self._reader.crop(image, detections), None
        except MienError as error:
            return nothing, [], (), str(error)

    def _to_arrow(self, rows: Sequence[Sequence[Cell]]) -> pyarrow.Table:
        import pyarrow

        columns = zip(*rows, strict=True)
        arrays = [
            pyarrow.array(column, field.type)
            for column, field in zip(columns, self._schema, strict=True)
        ]
        return pyarrow.Table.from_arrays(arrays, schema=self._schema)


@dataclasses.dataclass(frozen=True, eq=False)
class _Group:
    inputs: int
    faces: int
    failures: int
    rows: Any


def _error_field() -> Any:
    import pyarrow

    return pyarrow.field("error", pyarrow.string())
