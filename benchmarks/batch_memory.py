"""Measures the memory of a process and all that it starts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

INTERVAL = 0.5
"""Seconds from one look to the next; one takes some milliseconds."""


class Memory:
    """Watches a process tree until the block ends; Linux only, elsewhere it finds nothing.

    Parameters
    ----------
    pid
        The root of the tree.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._samples: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(INTERVAL):
            self._samples.append(sum(map(_shared_out, tree(self._pid))) / 1e6)

    def summary(self) -> dict[str, float | list[float]]:
        """Return the peak in MB, and the peak of each fifth of the time."""
        if not self._samples:
            return {}
        count = len(self._samples)
        fifths = [self._samples[count * n // 5 : count * (n + 1) // 5] for n in range(5)]
        peaks = [round(max(fifth)) for fifth in fifths if fifth]
        return {"peak megabytes": max(peaks), "peak megabytes by fifths": peaks}


def tree(root: int) -> Iterator[int]:
    """Yield the numbers of a process and all below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    waiting = [root]
    while waiting:
        process = waiting.pop()
        yield process
        waiting += children.get(process, [])


def _shared_out(pid: int) -> int:
    """Return the bytes of a process; what several have is divided among them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
