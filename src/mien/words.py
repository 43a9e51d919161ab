"""Words that depend on a number, and names as they can be printed."""

from __future__ import annotations

import os
import unicodedata

_STEERING = {"Cc", "Zl", "Zp"}
"""Categories of characters that end a line or steer a terminal; none of them has a shape."""

_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Bidirectional classes of characters that would write a name backwards."""


def escaped(text: str) -> str:
    r"""Return a text in one line: a line break becomes ``\n``, so do others that steer."""
    return "".join(
        sign.encode("unicode_escape").decode()
        if unicodedata.category(sign) in _STEERING or unicodedata.bidirectional(sign) in _TURNING
        else sign
        for sign in text
    )


def printable(path: str | os.PathLike[str]) -> str:
    r"""Return a path in one line of UTF-8; bytes of its name that are not become ``\xff``."""
    return escaped(os.fsencode(path).decode("utf-8", "backslashreplace"))


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
