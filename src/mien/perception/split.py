"""Splits a batch over threads, of which each runs its part through the whole network."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

MIN_PART = 8
"""Fewest crops of a part. ONNX Runtime shares out each layer instead, and its threads wait for each
other after each, in 8 bits even after each crop of it; for a few crops that is still faster."""

Part = list[NDArray[np.float32]]


class SplitRunner:
    """Runs parts of a batch side by side, in a session of one thread.

    Parameters
    ----------
    threads
        Parts at a time.
    open_single
        Opens a session that computes in the thread that calls it; called once, when a batch is
        large enough for the first time.
    """

    def __init__(self, threads: int, open_single: Callable[[], Any]) -> None:
        self._threads = threads
        self._open = open_single
        self._session: Any = None
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def pays(self, crops: int, batch: int) -> bool:
        """Return whether so many crops in batches of a size give each thread enough."""
        return self._threads > 1 and min(crops, batch) >= self._threads * MIN_PART

    def run(
        self,
        crops: NDArray[np.uint8],
        batch: int,
        run_part: Callable[[Any, NDArray[np.uint8]], Part],
    ) -> list[Part]:
        """Return what `run_part` returns for each part of the crops, in order.

        Parameters
        ----------
        crops
            ``uint8 [N, H, W]`` or ``[N, H, W, 3]``.
        batch
            Crops that may be worked on at a time.
        run_part
            Called with the session and a part.
        """
        session, pool = self._ready()
        size = -(-min(batch, len(crops)) // self._threads)
        parts = [crops[start : start + size] for start in range(0, len(crops), size)]
        return list(pool.map(lambda part: run_part(session, part), parts))

    def _ready(self) -> tuple[Any, ThreadPoolExecutor]:
        """Return the session and the threads, which are made at the first call."""
        with self._lock:
            if self._pool is None:
                from concurrent.futures import ThreadPoolExecutor

                self._session = self._open()
                self._pool = ThreadPoolExecutor(self._threads, "network-part")
            return self._session, self._pool
