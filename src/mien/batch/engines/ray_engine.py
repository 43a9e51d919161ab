"""Reads shards on all machines of a Ray cluster, by Ray Data.

Only numbers of shards and counts go through Ray. Each worker reads the plan from the folder of
outputs, the pictures from where they are, and writes the parts into that folder, which all machines
must see under the same path.
"""

from __future__ import annotations

import contextlib
import logging
import pickle
import warnings
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mien.batch.engines.ray_cluster import connected
from mien.batch.entries import ShardResult
from mien.batch.parts import read_part
from mien.errors import MienError, ServerError
from mien.words import counted

if TYPE_CHECKING:
    import pyarrow

    from mien.batch.shards import ShardReader

ATTEMPTS = 3
"""How often a shard is given to a worker if each dies with it."""

_TASKS = 10_000
"""Most tasks that Ray is given at once; each of a long run has several shards. A worker that takes
up the task of a dead one leaves out what has a part."""


def run(
    folder: Path, shards: Sequence[int], address: str | None = None
) -> Generator[ShardResult, None, None]:
    """Read shards on all processors of a cluster, and yield what became of each.

    A shard whose worker or machine dies is read again by another one.

    Parameters
    ----------
    folder
        The folder of outputs, where the plan is; on a drive that all machines share.
    shards
        Their numbers.
    address
        A running cluster, such as ``"auto"``; None starts one on this machine.

    Raises
    ------
    OutputError, DataError, NetError
        As `ShardReader`.
    ServerError
        If the cluster cannot be reached or started, its machines cannot run mien, or three workers
        died with a shard.
    MissingExtraError
        If Ray is not installed.
    """
    left = set(shards)
    lost = Counter[int]()
    with connected(address) as ray:
        while left:
            with contextlib.closing(_results(ray, folder.absolute(), sorted(left))) as results:
                for result in results:
                    left.discard(result.number)
                    yield result
            lost.update(left)
            _check_lost(lost)


def _check_lost(lost: Counter[int]) -> None:
    """Give up if workers die again and again with the same shard.

    Raises
    ------
    ServerError
        If so.
    """
    fatal = sorted(shard for shard, times in lost.items() if times >= ATTEMPTS)
    if fatal:
        raise ServerError(
            f"Workers of Ray died {ATTEMPTS} times with shard {fatal[0]}"
            + (f" and {counted(len(fatal) - 1, 'other shard')}." if fatal[1:] else "."),
            "Perhaps they ran out of memory: give Ray fewer processors a machine. The same run goes"
            " on with what is missing.",
        )


def _results(
    ray: Any, folder: Path, shards: Sequence[int]
) -> Generator[ShardResult, None, None]:
    """Yield what became of shards; those whose worker died are missing.

    Ray could hand the tasks of a dead worker to its successor itself. But it waits for that one
    for ever if the machine is gone, and if a picture kills workers, it starts them for ever.
    """
    workers = min(len(shards), int(ray.cluster_resources().get("CPU", 1)))
    _be_quiet(ray)
    data = _dataset(ray, folder, shards, max(1, workers))
    try:
        for table in data.iter_batches(
            batch_size=None, batch_format="pyarrow", prefetch_batches=0
        ):
            yield from _unpacked(table)
    except ray.exceptions.RayError as error:
        raise ServerError(
            f"Ray cannot read the pictures: {_reason(error)}.",
            "Check that all its machines have the same versions of mien, Ray and Python.",
        ) from error


def _dataset(ray: Any, folder: Path, shards: Sequence[int], workers: int) -> Any:
    """Return the lazy ``ray.data.Dataset`` of what becomes of shards."""
    numbers = ray.data.from_items(list(shards), override_num_blocks=min(len(shards), _TASKS))
    with warnings.catch_warnings():
        # Ray 2.64 will want another way to say that tasks are not repeated.
        warnings.simplefilter("ignore", ray.util.annotations.RayDeprecationWarning)
        return numbers.map_batches(
            Worker,
            fn_constructor_args=(str(folder),),
            batch_size=1,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=1,
            max_restarts=-1,
            max_task_retries=0,
        )


def _be_quiet(ray: Any) -> None:
    """Keep Ray Data from printing, and have it go on when workers die."""
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.max_errored_blocks = -1
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _unpacked(table: pyarrow.Table) -> Iterator[ShardResult]:
    """Turn a worker's answer into results, or raise what it raised."""
    for row in table.to_pylist():
        error = row.pop("raised")
        if error is not None:
            raise pickle.loads(error)  # noqa: S301
        yield ShardResult(**row)


def _reason(error: Exception) -> str:
    """Return the last line of Ray's report, which is what a worker raised."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else type(error).__name__


class Worker:
    """Reads shards in a process of a Ray cluster, one after another in one thread.

    Parameters
    ----------
    folder
        The folder of outputs.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._reader: ShardReader | None = None

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        """Read the shards whose numbers are in the column ``item``.

        An error is returned as a value: those that are raised are kept for the death of workers.
        """
        import pyarrow

        rows = [self._row(number) for number in batch.column("item").to_pylist()]
        counts = [(name, pyarrow.int64()) for name in ShardResult.__dataclass_fields__]
        schema = pyarrow.schema([*counts, ("raised", pyarrow.binary())])
        return pyarrow.Table.from_pylist(rows, schema=schema)

    def close(self) -> None:
        """Let other runs know that this worker is over; the end of its process does so too."""
        if self._reader is not None:
            self._reader.close()

    def _row(self, number: int) -> dict[str, int | bytes | None]:
        try:
            result = self._result(number)
        except Exception as error:
            # What it comes from need not be picklable; a sentence says enough.
            error.__cause__ = None
            kept = error if isinstance(error, MienError) else RuntimeError(repr(error))
            return {"number": number, "raised": pickle.dumps(kept)}
        return {name: getattr(result, name) for name in ShardResult.__dataclass_fields__}

    def _result(self, number: int) -> ShardResult:
        """Read a shard, unless a worker that died afterwards has done so."""
        from mien.batch.plan import Plan
        from mien.batch.shards import ShardReader

        if self._reader is None:
            self._reader = ShardReader(self._folder, threads=1)
            self._fingerprint = Plan(self._folder).fingerprint
        done = read_part(self._folder, self._fingerprint, number)
        return done or self._reader.read(number)
