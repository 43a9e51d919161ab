"""Plans a run, or takes up one that was planned before."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from mien.batch.containers import count
from mien.batch.entries import Slice
from mien.batch.listing import Listed, Lister
from mien.batch.plan import NAME, Plan, write_plan
from mien.batch.run_id import RunId
from mien.batch.storage import Storage
from mien.errors import DataError
from mien.words import printable

_COUNTED = 8
"""Parquet and tar files whose pictures are counted at once: each may wait for its server."""


def prepare_plan(folder: Path, run: RunId, *, check: bool) -> Plan:
    """Return the plan of a run, which is written if there is none in the folder.

    Parameters
    ----------
    folder
        The folder of outputs, which exists.
    run
        What is to be read, and how.
    check
        Whether to list the sources anew if there is a plan, and compare them with it.

    Raises
    ------
    SettingsError
        If the plan is that of another run.
    DataError
        If a source does not exist, cannot be read or is damaged, or what it names has changed.
    OutputError
        If the plan cannot be written or read.
    """
    storage = Storage(run.folder, run.endpoint)
    lister = Lister(storage, folder)
    is_new = not (folder / NAME).exists()
    if is_new:
        slices = count_inputs(lister.files(run.sources), storage, run.image_column)
        write_plan(folder, run, slices, lambda: dict(lister.left_out))
    plan = Plan(folder)
    run.check_same(plan.run, folder)
    if check and not is_new:
        _check_listing(plan, lister.files(run.sources), folder)
    return plan


def count_inputs(files: Iterable[Listed], storage: Storage, column: str) -> Iterator[Slice]:
    """Yield the inputs of files in order, those of Parquet and tar files counted in threads."""
    waiting: deque[Future[Slice]] = deque()
    pool = ThreadPoolExecutor(_COUNTED, thread_name_prefix="mien-count")
    try:
        for listed in files:
            if listed[1] == "file":
                while waiting:
                    yield waiting.popleft().result()
                yield Slice(listed[0], "file", size=listed[2])
                continue
            waiting.append(pool.submit(_count, listed, storage, column))
            if len(waiting) > _COUNTED:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _count(listed: Listed, storage: Storage, column: str) -> Slice:
    name, kind, size = listed
    return Slice(name, kind, 0, count(storage, name, kind, column), size)


def _check_listing(plan: Plan, files: Iterable[Listed], folder: Path) -> None:
    """Refuse to go on if the sources do not name what they named when the run was planned."""
    begun = (one for one in plan.slices() if one.start == 0)
    planned: Iterator[Listed] = ((one.source, one.kind, one.size) for one in begun)
    pairs = itertools.zip_longest(planned, files)
    for place, (then, now) in enumerate(pairs, start=1):
        if then != now:
            raise DataError(
                f"What the sources name has changed since the run in {folder} was planned:"
                f" {_difference(place, then, now)}.",
                "Read what is there now into another folder.",
                "out",
            )


def _difference(place: int, then: Listed | None, now: Listed | None) -> str:
    """Say in what a place of the list differs."""
    if now is None:
        assert then is not None
        return f"{printable(then[0])}, number {place:,} then, is missing now"
    if then is None:
        return f"{printable(now[0])}, number {place:,} now, is new"
    if then[:2] == now[:2]:
        return f"{printable(now[0])} had {then[2]} bytes, and now has {now[2]}"
    return f"number {place:,} was {printable(then[0])}, and now is {printable(now[0])}"
