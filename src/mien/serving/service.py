"""What all requests of a server share: networks, threads, limits, counters."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

from mien.cores import usable_cores
from mien.serving.metrics import Metrics
from mien.serving.networks import Networks
from mien.serving.problems import RefusalError
from mien.settings import ServeSettings

_Result = TypeVar("_Result")


@dataclasses.dataclass(frozen=True)
class Limits:
    """What a server takes."""

    body: int
    """Bytes of a request, and of a frame."""
    connections: int
    streams: int
    frames_per_second: float
    """Of one stream."""
    deadline: float
    """Seconds for a request to arrive, and again to be worked on."""

    @classmethod
    def of(cls, settings: ServeSettings) -> Limits:
        """Take the limits from the settings."""
        return cls(
            body=round(settings.max_body * 1e6),
            connections=settings.max_connections,
            streams=settings.max_streams,
            frames_per_second=settings.max_fps,
            deadline=settings.deadline,
        )


class Service:
    """What all requests share.

    Parameters
    ----------
    settings
        How the server runs.
    networks
        The networks that requests can name.
    """

    def __init__(self, settings: ServeSettings, networks: Networks) -> None:
        self.limits = Limits.of(settings)
        self.networks = networks
        self.workers = Workers(settings.at_once, settings.max_requests, settings.deadline)
        self.memory = UploadMemory(settings.max_requests * self.limits.body)
        self.metrics = Metrics()
        self.streams = 0
        """Open streams."""
        self.ready = False
        """Whether requests are taken; not yet while it starts, no longer while it stops."""
        self.metrics.gauge("mien_streams", "Open streams of frames.", lambda: self.streams)
        self.metrics.gauge(
            "mien_requests", "Requests that are worked on or wait.", lambda: self.workers.admitted
        )

    @cached_property
    def described_networks(self) -> list[dict[str, object]]:
        """The networks as `answers.NetworkAnswer` has them; slow the first time."""
        return [
            {
                "name": name,
                "default": name == self.networks.default,
                "available": here,
                "description": info.description,
                "classes": info.classes.to_list(),
                "parameters": info.parameters,
                "bytes": info.size,
                "sha256": info.sha256,
                "licence": info.licence,
                "intended_use": info.intended_use,
            }
            for name, (info, here) in self.networks.infos().items()
        ]


class UploadMemory:
    """Limits the bytes of requests that are in memory, whether they arrive, wait or are read.

    A request takes room for what has arrived of it, not for what it says will come, so that clients
    that send slowly keep nobody out.

    Parameters
    ----------
    most
        Bytes, all requests together.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0
        """Bytes in memory now."""

    @contextlib.contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """Yield what a request calls for each part that arrives; its bytes are freed at the end.

        Raises
        ------
        RefusalError
            503 by that call, if there is no room.
        """
        own = 0

        def take(size: int) -> None:
            nonlocal own
            if self.held + size > self.most:
                raise busy(1)
            own += size
            self.held += size

        try:
            yield take
        finally:
            self.held -= own


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

    def check_room(self) -> None:
        """Refuse a request, before its body is read, if there is no place for it.

        Raises
        ------
        RefusalError
            503 if there is none.
        """
        if self.admitted >= self.most:
            raise busy(self.retry_after())

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Take a place for a request, in the event loop's thread.

        Raises
        ------
        RefusalError
            503 if there is none.
        """
        self.check_room()
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
