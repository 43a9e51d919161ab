"""Reads the frames of a video in threads.

One thread takes frames from their source and plans what is to be done with them; a second follows
the faces from frame to frame. Searches of whole frames, and the network, do not depend on other
frames: they run in pools. What is left, ids and smoothing, is done where the results are taken.
Everywhere between, a bounded number of frames waits. Each frame is classified on its own, so that
its numbers do not depend on which others are read with it.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mien.cores import usable_cores
from mien.errors import DataError
from mien.perception.detector import Detection, check_rgb
from mien.perception.heap import return_free_memory
from mien.perception.reading import Reading
from mien.perception.schedule import DETECT_EVERY, Plan
from mien.perception.stages import Channel, ClosedError, Stages
from mien.video import VideoFrame

if TYPE_CHECKING:
    from mien.perception.reader import Reader
    from mien.perception.watching import Watch

MAX_SEARCHES = 4
"""Most frames that are searched at once. It is half the number of processors, since everything else
takes the other half, but no more than this: the search of a frame of 1080p takes 80 MB."""

READ_AHEAD = 2
"""Frames that wait to be taken, while their faces are classified."""

TRIM_EVERY = 500_000_000
"""Each time this many bytes of frames have passed, freed memory is returned to the system. In
1080p, that takes 2% of the time, lowers the peak by 10 to 15%, and keeps it from growing."""

PATIENCE = 2.0
"""Seconds to wait, when a pipeline is closed, for a source that gives no frame."""


@dataclasses.dataclass(frozen=True, eq=False)
class _Planned:
    """A frame with its search, if it is to be searched as a whole, or with its earlier reading."""

    frame: VideoFrame
    plan: Plan
    search: Future[list[Detection]] | None
    reading: Reading | None


@dataclasses.dataclass(frozen=True, eq=False)
class Read:
    """A frame whose faces were found; they may still be being classified."""

    frame: VideoFrame
    crops: NDArray[np.uint8]
    reading: Future[Reading]


class Pipeline:
    """Reads the frames of one video in threads, which `close` stops.

    Parameters
    ----------
    watch
        Whose plan and faces these are.
    stages
        Counts how long each stage works.
    """

    def __init__(self, watch: Watch, stages: Stages) -> None:
        self._watch = watch
        self._stages = stages
        self._reader: Reader = watch.reader.single_threaded()
        searches = min(MAX_SEARCHES, max(1, usable_cores() // 2))
        self._searching = ThreadPoolExecutor(searches, thread_name_prefix="mien-search")
        self._reading = ThreadPoolExecutor(searches, thread_name_prefix="mien-classify")
        # While a frame's search is awaited, that of the next due one goes on.
        self._planned: Channel[_Planned] = Channel(DETECT_EVERY * searches + 1)
        self._read: Channel[Read] = Channel(READ_AHEAD)
        self._threads: list[threading.Thread] = []

    def run(
        self, frames: Iterable[VideoFrame], readings: Iterable[Reading]
    ) -> Iterator[Read]:
        """Yield the frames as they were read; see `Watch.read_all`."""
        planned = self._plans(frames, iter(readings))
        self._start("mien-frames", self._planned, planned)
        self._start("mien-follow", self._read, self._followed())
        return iter(self._read)

    def close(self) -> None:
        """Stop the threads; the source is no longer used then."""
        self._planned.close()
        self._read.close()
        for pool in (self._searching, self._reading):
            pool.shutdown(wait=True, cancel_futures=True)
        for thread in self._threads:
            thread.join(PATIENCE)

    def _start(
        self, name: str, channel: Channel[_Planned] | Channel[Read], items: Iterator[object]
    ) -> None:
        # A source that never gives another frame must not keep the process alive.
        thread = threading.Thread(target=channel.fill, args=(items,), name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _plans(
        self, frames: Iterable[VideoFrame], readings: Iterator[Reading]
    ) -> Iterator[_Planned]:
        """Decide what is to be done with each frame, and begin to search it."""
        passed = 0
        for frame in self._stages.timed_items("decode", frames):
            check_rgb(frame.image)
            passed += frame.image.nbytes
            if passed >= TRIM_EVERY:
                passed = 0
                return_free_memory()
            with self._stages.timed("plan"):
                plan = self._watch.plan(frame.image, frame.time)
            reading = next(readings, None)
            check_reading(reading, frame)
            search = None
            if reading is None and plan.full:
                search = self._searching.submit(self._search, frame.image)
            yield _Planned(frame, plan, search, reading)

    def _followed(self) -> Iterator[Read]:
        """Find the faces of each frame, and begin to classify them."""
        try:
            for planned in self._planned:
                yield self._follow(planned)
        except ClosedError:
            return

    def _follow(self, planned: _Planned) -> Read:
        frame, plan, known = planned.frame, planned.plan, planned.reading
        if known is not None:
            self._watch.resume(known)
            reading: Future[Reading] = Future()
            reading.set_result(known)
            return Read(frame, self._reader.crop(frame.image, known.detections), reading)
        searched = planned.search.result() if planned.search else None
        with self._stages.timed("follow"):
            detections, full = self._watch.find(
                frame.image,
                plan,
                lambda: self._search(frame.image) if searched is None else searched,
            )
            crops = self._reader.crop(frame.image, detections)
        classified = self._reading.submit(self._classify, frame, plan.cut, full, detections, crops)
        return Read(frame, crops, classified)

    def _search(self, image: NDArray[np.uint8]) -> list[Detection]:
        with self._stages.timed("search"):
            return self._watch.search(image, self._reader)

    def _classify(
        self,
        frame: VideoFrame,
        cut: bool,
        full: bool,
        detections: tuple[Detection, ...],
        crops: NDArray[np.uint8],
    ) -> Reading:
        with self._stages.timed("classify"):
            rows = self._reader.classify(crops)
        return Reading(frame.index, frame.time, cut, full, detections, rows)


def check_reading(reading: Reading | None, frame: VideoFrame) -> None:
    """Refuse the reading of another frame.

    Raises
    ------
    DataError
        If number or time differ.
    """
    if reading is None or (reading.frame, reading.time) == (frame.index, frame.time):
        return
    raise DataError(
        f"Expected the reading of frame {frame.index} at {frame.time:g} s, got that of frame"
        f" {reading.frame} at {reading.time:g} s.",
        "Read the video again from its start: it, or what is read of it, has changed.",
    )
