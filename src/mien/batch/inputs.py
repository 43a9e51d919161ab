"""Fetches the encoded pictures of a shard, in order."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from mien.batch.entries import Shard, Slice
from mien.batch.storage import Storage


@dataclasses.dataclass(frozen=True, slots=True)
class Input:
    """One picture that is to be read."""

    name: str
    """What the table calls it."""
    content: Callable[[], bytes]
    """Returns its encoded bytes, or raises a `mien.errors.PictureError`."""


def inputs_of(shard: Shard, storage: Storage) -> Iterator[Input]:
    """Yield the pictures of a shard."""
    for one in shard.slices:
        yield from _file(one, storage)


def _file(one: Slice, storage: Storage) -> Iterator[Input]:
    yield Input(one.source, lambda: storage.content(one.source, one.size))
