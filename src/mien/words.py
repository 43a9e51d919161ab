"""Words that depend on a number, and names made fit to print."""

from __future__ import annotations

import os
import re
import unicodedata

_STEERING = {"Cc", "Zl", "Zp"}
"""Categories of invisible characters that end a line or control a terminal."""

_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Bidirectional classes of characters that would show a name backwards."""


def escaped(text: str) -> str:
    r"""Return a text on one line, its line breaks and control characters written as ``\n``."""
    return "".join(
        sign.encode("unicode_escape").decode()
        if unicodedata.category(sign) in _STEERING or unicodedata.bidirectional(sign) in _TURNING
        else sign
        for sign in text
    )


_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Surrogates, except those that Python puts in place of bytes of a path that are not UTF-8."""


def printable(path: str | os.PathLike[str]) -> str:
    r"""Return a path or a text on one line, its bytes that are not UTF-8 written as ``\xff``."""
    # Halves of signs, which a text from JSON may have, stand for no bytes, and cannot be encoded.
    whole = _HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", os.fspath(path))
    return escaped(os.fsencode(whole).decode("utf-8", "backslashreplace"))


def spaced(code: str) -> str:
    """Return a code as words: ``"near duplicate"`` for ``near_duplicate``."""
    return code.replace("_", " ")


def plural(number: float, one: str, several: str = "") -> str:
    """Return the singular or plural of a noun: ``"epoch"`` for 1, ``"epochs"`` otherwise.

    Parameters
    ----------
    number
        How many there are.
    one
        The singular.
    several
        The plural, unless it only adds an s.
    """
    return one if number == 1 else several or f"{one}s"


def file_size(size: int) -> str:
    """Write the size of a file in bytes as ``"1.4 MB"``, or ``"38 kB"`` if it is small."""
    return f"{size / 1e6:.1f} MB" if size >= 950_000 else f"{max(1, round(size / 1e3))} kB"


def counted(number: int, one: str, several: str = "") -> str:
    """Return a number with its noun: ``"1 epoch"``, ``"1,200 epochs"``."""
    return f"{number:,} {plural(number, one, several)}"
