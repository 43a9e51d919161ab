"""Counts the processors that this process may use."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Count the processors that this process may use.

    A container or ``taskset`` can keep some of the machine's processors from a process.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
