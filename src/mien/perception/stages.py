"""Parts of a pipeline: what passes work from thread to thread, and how busy its stages are."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class ClosedError(Exception):
    """A channel was closed while a thread waited at it."""


@dataclasses.dataclass(frozen=True)
class _End:
    """Follows the last item: there are no more, perhaps because of an error."""

    error: BaseException | None


class Channel(Generic[_Item]):
    """Passes items in order from one thread to another, a bounded number ahead.

    Parameters
    ----------
    size
        How many items may wait in it.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: deque[_Item | _End] = deque()
        self._closed = False
        self._change = threading.Condition()

    def fill(self, items: Iterable[_Item]) -> None:
        """Pass on all items; after them, the error that broke them off, if there is one.

        It returns early if the channel is closed.
        """
        error: BaseException | None = None
        try:
            for item in items:
                self._put(item)
        except ClosedError:
            return
        except BaseException as caught:  # It is raised where the items are taken.
            error = caught
        with contextlib.suppress(ClosedError):
            self._put(_End(error))

    def __iter__(self) -> Iterator[_Item]:
        """Yield the items, and raise the error that broke them off.

        Raises
        ------
        ClosedError
            If the channel is closed.
        """
        while True:
            item = self._get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def close(self) -> None:
        """End the waiting of both threads, and drop what was not taken."""
        with self._change:
            self._closed = True
            self._items.clear()
            self._change.notify_all()

    def _put(self, item: _Item | _End) -> None:
        with self._change:
            self._change.wait_for(lambda: self._closed or len(self._items) < self._size)
            if self._closed:
                raise ClosedError
            self._items.append(item)
            self._change.notify_all()

    def _get(self) -> _Item | _End:
        with self._change:
            self._change.wait_for(lambda: self._closed or bool(self._items))
            if self._closed:
                raise ClosedError
            item = self._items.popleft()
            self._change.notify_all()
            return item


class Stages:
    """Counts how long each stage of a pipeline works; may be shared between threads."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._busy: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def timed(self, stage: str) -> Generator[None]:
        """Count the time within a ``with`` block as work of a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            passed = time.perf_counter() - start
            with self._lock:
                self._busy[stage] = self._busy.get(stage, 0.0) + passed

    def timed_items(self, stage: str, items: Iterable[_Item]) -> Generator[_Item]:
        """Yield items, and count the time that getting them takes as work of a stage."""
        iterator = iter(items)
        try:
            while True:
                with self.timed(stage):
                    try:
                        item = next(iterator)
                    except StopIteration:
                        return
                yield item
        finally:
            if isinstance(iterator, Generator):
                iterator.close()

    def shares(self) -> dict[str, float]:
        """Return the share of the time since the beginning in which each stage worked.

        A stage that works in several threads at once may have a share above 1.
        """
        passed = time.perf_counter() - self._began
        with self._lock:
            return {stage: seconds / passed for stage, seconds in self._busy.items()}
