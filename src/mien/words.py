"""Words that depend on a number."""

from __future__ import annotations


def plural(number: float, one: str, several: str = "") -> str:
    """Return a noun as a number asks for it: ``"epoch"`` for 1, ``"epochs"`` otherwise.

    Parameters
    ----------
    number
        How many there are.
    one
        The singular.
    several
        The plural, if it is not the singular with an s.
    """
    return one if number == 1 else several or f"{one}s"


def file_size(size: int) -> str:
    """Return the size of a file in bytes as ``"1.4 MB"``, a small one's as ``"38 kB"``."""
    return f"{size / 1e6:.1f} MB" if size >= 950_000 else f"{max(1, round(size / 1e3))} kB"


def counted(number: int, one: str, several: str = "") -> str:
    """Return a number with its noun: ``"1 epoch"``, ``"1,200 epochs"``."""
    return f"{number:,} {plural(number, one, several)}"
