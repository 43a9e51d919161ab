"""Runs what takes time in a bounded number of threads, off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from mien.cores import usable_cores
from mien.serving.problems import RefusalError

_Result = TypeVar("_Result")


class Workers:
    """A pool of threads, with a limit on the requests that may use it.

    Parameters
    ----------
    threads
        Jobs that run at once; one for each processor that this process may use if None.
    most
        Requests that are worked on or wait; more are refused.
    deadline
        Seconds after which a job is given up.
    """

    def __init__(self, threads: int | None, most: int, deadline: float) -> None:
        self.threads = threads or usable_cores()
        self.most = most
        self.deadline = deadline
        self.admitted = 0
        """Requests that are worked on or wait."""
        self._seconds = 0.05  # of a job, a moving average
        self._pool = ThreadPoolExecutor(self.threads, "mien-worker")

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Take a place for a request, in the event loop's thread.

        Raises
        ------
        RefusalError
            503 if there is none.
        """
        if self.admitted >= self.most:
            raise busy(self.retry_after())
        self.admitted += 1
        try:
            yield
        finally:
            self.admitted -= 1

    async def run(self, job: Callable[[], _Result]) -> _Result:
        """Run a job in a thread, and return what it returns.

        Raises
        ------
        RefusalError
            503 if it took longer than the deadline. A job that has not begun is then dropped;
            one that runs ends, and its result is dropped.
        """
        future = self._pool.submit(self._timed, job)
        try:
            async with asyncio.timeout(self.deadline):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            seconds = self.retry_after()
            raise RefusalError(
                503,
                "Too slow",
                f"The answer was not ready after {self.deadline:g} seconds.",
                headers={"retry-after": str(seconds)},
            ) from None

    def retry_after(self) -> int:
        """Return in how many whole seconds there will probably be room."""
        return max(1, math.ceil(self.admitted * self._seconds / self.threads))

    def close(self) -> None:
        """Finish what was begun, and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _timed(self, job: Callable[[], _Result]) -> _Result:
        start = time.perf_counter()
        try:
            return job()
        finally:
            self._seconds += 0.1 * (time.perf_counter() - start - self._seconds)


def busy(seconds: int) -> RefusalError:
    """Return the refusal of a request for which there is no room now."""
    return RefusalError(
        503,
        "Too busy",
        f"The server has as many requests as it takes; try again in {seconds} s.",
        headers={"retry-after": str(seconds)},
    )
