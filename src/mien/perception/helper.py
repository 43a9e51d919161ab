"""Lets one thread help another with a single piece of work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Result = TypeVar("_Result")


class Helper:
    """A thread that works beside those that ask it to; may be shared between them."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "mien-helper")

    def begin(self, work: Callable[[], _Result]) -> Callable[[], _Result]:
        """Offer work to the helper, and return what gives its result.

        What the helper has not begun by then, being busy with another's work, or gone, as in a
        process that was forked, is done by the caller.
        """
        try:
            future = self._pool.submit(work)
        except RuntimeError:
            # Python is about to end, and takes no more work for threads.
            return work
        return lambda: work() if future.cancel() else future.result()
