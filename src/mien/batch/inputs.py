"""Fetches the encoded pictures of a shard, in order."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future

from mien.batch.containers import Content, read
from mien.batch.entries import Shard, Slice
from mien.batch.storage import Storage, is_url
from mien.errors import DataError, PictureError

FETCHED = 32
"""Pictures behind URLs that are fetched at once: each waits for its server most of the time."""


@dataclasses.dataclass(frozen=True, slots=True)
class Input:
    """One picture that is to be read."""

    name: str
    """What the table calls it."""
    content: Callable[[], bytes]
    """Returns its encoded bytes, or raises one of mien's errors."""


def inputs_of(
    shard: Shard, storage: Storage, column: str, pool: Executor
) -> Iterator[Input]:
    """Yield the pictures of a shard.

    Parameters
    ----------
    shard
        What to yield.
    storage
        Opens the files.
    column
        The column of Parquet files with the pictures.
    pool
        Fetches pictures behind URLs, `FETCHED` ahead.

    Raises
    ------
    DataError
        If a server cannot be reached.
    """
    waiting: deque[Input] = deque()
    for one in shard.slices:
        if one.kind == "file" and is_url(one.source):
            waiting.append(_fetched(one, storage, pool))
            if len(waiting) >= FETCHED:
                yield waiting.popleft()
            continue
        yield from _drained(waiting)
        yield from [_file(one, storage)] if one.kind == "file" else _members(one, storage, column)
    yield from _drained(waiting)


def _drained(waiting: deque[Input]) -> Iterator[Input]:
    while waiting:
        yield waiting.popleft()


def _file(one: Slice, storage: Storage) -> Input:
    return Input(one.source, lambda: storage.content(one.source, one.size))


def _fetched(one: Slice, storage: Storage, pool: Executor) -> Input:
    future: Future[bytes] = pool.submit(storage.content, one.source, one.size)
    return Input(one.source, future.result)


def _members(one: Slice, storage: Storage, column: str) -> Iterator[Input]:
    """Yield the pictures in a Parquet or tar file.

    From where it is damaged on, every picture has that error, so that none lacks a row.
    """
    place = one.start
    try:
        for name, content in read(storage, one, column):
            yield Input(name, _content(name, content))
            place += 1
    except DataError as error:
        if storage.unreachable(one.source):
            raise
        problem = PictureError(error.problem, error.fix)
    else:
        problem = PictureError(
            f"{one.source} has fewer pictures than when the run was planned.",
            "Begin a new run in another folder.",
        )
    for missing in range(place, one.stop):
        yield Input(f"{one.source}#{missing}", _raising(problem))


def _content(name: str, content: Content) -> Callable[[], bytes]:
    if isinstance(content, PictureError):
        return _raising(content)
    if content is not None:
        return lambda: content
    return _raising(PictureError(f"{name} holds no picture: its bytes are null."))


def _raising(error: PictureError) -> Callable[[], bytes]:
    def fail() -> bytes:
        raise error

    return fail
