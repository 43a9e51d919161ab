"""Sends the faces of several requests through the network together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mien.perception.reader import Reader

Classify = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

MAX_BATCH = 8
"""Faces of different requests that go through the network together; those of one picture always
do, however many they are."""


class Batcher:
    """Gathers crops while a batch is running; the next batch takes all that came meanwhile.

    A request that comes alone runs at once; under load it waits for the batch that is running, a
    few milliseconds. The thread that finds no batch running runs the next one for all, so there is
    no thread of its own.

    Parameters
    ----------
    classify
        Returns a row for each crop; called by one thread at a time.
    together
        Whether crops of different requests may share a batch.
    """

    def __init__(self, classify: Classify, together: bool = True) -> None:
        self._classify = classify
        self._max_batch = MAX_BATCH if together else 1
        self._waiting: deque[_Request] = deque()
        self._running = False
        self._lock = threading.Lock()

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return a row for each crop; blocks until its batch has run."""
        request = _Request(crops)
        with self._lock:
            self._waiting.append(request)
            first, self._running = not self._running, True
        if not first:
            request.turn.wait()
        if not request.done:
            self._lead()
        return request.result()

    def _lead(self) -> None:
        """Run the next batch, then hand over to the thread of a request that still waits."""
        with self._lock:
            batch = self._next_batch()
        _run(self._classify, batch)
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._running = following is not None
        for request in batch:
            request.turn.set()
        if following is not None:
            following.turn.set()

    def _next_batch(self) -> list[_Request]:
        """Take the requests that came first, as many as may share a batch."""
        batch = [self._waiting.popleft()]
        faces = len(batch[0].crops)
        while self._waiting and faces + len(self._waiting[0].crops) <= self._max_batch:
            batch.append(self._waiting.popleft())
            faces += len(batch[-1].crops)
        return batch


class _Request:
    """Crops of one caller, and later the rows of their answer."""

    def __init__(self, crops: NDArray[np.uint8]) -> None:
        self.crops = crops
        self.turn = threading.Event()
        self.rows: NDArray[np.float32] | None = None
        self.error: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether a batch with these crops has run."""
        return self.rows is not None or self.error is not None

    def result(self) -> NDArray[np.float32]:
        """Return the rows, or raise what the network raised."""
        if self.error is not None:
            raise self.error
        assert self.rows is not None
        return self.rows


def _run(classify: Classify, batch: Sequence[_Request]) -> None:
    """Run a batch, and give each caller its own rows."""
    try:
        rows = classify(np.concatenate([request.crops for request in batch]))
    # Broad on purpose: whatever it is, the callers raise it, each in its own thread.
    except Exception as error:
        for request in batch:
            request.error = error
        return
    start = 0
    for request in batch:
        end = start + len(request.crops)
        request.rows = rows[start:end]
        start = end


def is_batch_invariant(classify: Classify, shape: Sequence[int]) -> bool:
    """Return whether a face's row is the same to the last bit in batches of 1 to `MAX_BATCH`.

    Kernels may round differently for other batch sizes, which depends on network and processor.

    Parameters
    ----------
    classify
        Returns a row for each crop.
    shape
        Shape of one crop.
    """
    random = np.random.default_rng(0)
    crops = random.integers(0, 256, (MAX_BATCH, *shape), dtype=np.uint8)
    alone = np.concatenate([classify(crops[number : number + 1]) for number in range(MAX_BATCH)])
    return all(
        np.array_equal(classify(crops[:count]), alone[:count]) for count in range(2, MAX_BATCH + 1)
    )


class SharedReader(Reader):
    """A `Reader` whose threads share batches of the network; for one loaded network.

    Everything else is what `Reader` does, so a posted photo is read as `mien.detect` reads it. If
    batches would change the last digit on this processor, each picture's faces go alone.
    """

    def __init__(self, net: str | Path, **options: Any) -> None:
        super().__init__(net, **options)
        classify_alone = super().classify
        together = is_batch_invariant(classify_alone, self.info.input.crop_shape)
        self._batcher = Batcher(lambda crops: classify_alone(crops, max(len(crops), 1)), together)

    def classify(self, crops: NDArray[np.uint8], batch: int = 64) -> NDArray[np.float32]:
        """Return calibrated probabilities as `Reader.classify` does, in shared batches."""
        if len(crops) > MAX_BATCH or crops.shape[1:] != self.info.input.crop_shape:
            return super().classify(crops, batch)
        return self._batcher(crops)

    def with_min_confidence(self, min_confidence: float) -> Self:
        """Return a reader that shares the loaded networks and marks other faces as unsure."""
        reader = object.__new__(type(self))
        vars(reader).update(vars(self), min_confidence=min_confidence)
        return reader
