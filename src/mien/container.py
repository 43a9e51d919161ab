"""Reads the limits that a container or a job puts on its processes: Linux's control groups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_ROOT = Path("/")

_NO_LIMIT = 1 << 60
"""Version 1 of control groups writes a number of this size in place of "none"."""


def processor_limit(root: Path = _ROOT) -> float | None:
    """Return how many processors' time the process may use, such as 1.5; None without a limit.

    Parameters
    ----------
    root
        The root of the file system.
    """
    limits = [limit for folder in _groups(root, "cpu") if (limit := _processors(folder))]
    return min(limits, default=None)


def memory_limit(root: Path = _ROOT) -> int | None:
    """Return how many bytes of memory the process may use; None without a limit.

    Parameters
    ----------
    root
        The root of the file system.
    """
    names = "memory.max", "memory.limit_in_bytes"
    limits = [
        limit
        for folder in _groups(root, "memory")
        for name in names
        if (limit := _number(folder / name)) is not None and limit < _NO_LIMIT
    ]
    return min(limits, default=None)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folders of the process's group and of those above it, whose limits hold too."""
    mount = root / "sys" / "fs" / "cgroup"
    try:
        lines = (root / "proc" / "self" / "cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, names, path = line.split(":", 2)
        if names and controller not in names.split(","):
            continue
        # Version 2 has one tree, version 1 one for each controller.
        top = mount / controller if names else mount
        folder = top / path.lstrip("/")
        # Inside a container, the path may be the host's, which is not to be seen here.
        yield from (folder, *(above for above in folder.parents if above.is_relative_to(top)))


def _processors(folder: Path) -> float | None:
    """Return the limit of one group."""
    quota, period = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
    with_both = _text(folder / "cpu.max").split()
    if len(with_both) == 2 and all(map(str.isdecimal, with_both)):
        quota, period = map(int, with_both)
    return quota / period if quota and period else None


def _number(file: Path) -> int | None:
    """Read a whole number; None if the file has another text, as where there is no limit."""
    text = _text(file)
    return int(text) if text.isdecimal() else None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
