"""Counts the processors that this process may use."""

from __future__ import annotations

import functools
import math
import os

from mien.container import processor_limit


def usable_cores() -> int:
    """Count the processors that this process may use.

    ``taskset`` can keep some of the machine's processors from a process, and a container some of
    their time: with more threads than that, the threads would wait for one another.
    """
    limit = _limit()
    cores = allowed_cores()
    return cores if limit is None else max(1, min(cores, math.ceil(limit)))


def allowed_cores() -> int:
    """Count the processors that this process may run on, however much of their time it gets."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


@functools.cache
def _limit() -> float | None:
    """Return the container's limit, which is read once: the reader asks for each batch."""
    return processor_limit()
