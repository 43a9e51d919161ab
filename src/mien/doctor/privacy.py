"""Takes out what a bug report need not tell: whose machine it is."""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import os
import re
from collections.abc import Iterator
from pathlib import Path

from mien.doctor.checks import Check
from mien.words import escaped

_ANYBODY = "<user>"
"""Stands for the user's name."""


def without_private(check: Check) -> Check:
    """Return a check with the home folder written as ``~`` and without the user's name."""
    words = {
        field.name: anonymous(getattr(check, field.name)) for field in dataclasses.fields(check)
    }
    return Check(**words)  # type: ignore[arg-type]


def anonymous(text: str) -> str:
    """Write the home folder as ``~``, and the user's name in other paths as ``<user>``."""
    for home in sorted(set(_homes()), key=len, reverse=True):
        text = re.sub(rf"{re.escape(home)}(?=[/\\]|\W|$)", "~", text)
    for name in _names():
        # Only as a whole part of a path: a user may be called test, or mien.
        text = re.sub(rf"(?<=[/\\]){re.escape(name)}(?=[/\\\s:,.;'\")]|$)", _ANYBODY, text)
    return escaped(text)


def _homes() -> Iterator[str]:
    """Yield the spellings of the home folder, unless it is the root of the file system."""
    # Where there is no home folder, there is no path to hide.
    with contextlib.suppress(RuntimeError, OSError):
        for home in (Path.home(), Path.home().resolve()):
            if home != Path(home.anchor):
                yield str(home)


def _names() -> set[str]:
    """Return the names of the user, by the system and by the environment."""
    names = {os.environ.get(name, "") for name in ("LOGNAME", "USER", "USERNAME", "SUDO_USER")}
    # Raised for a user that the system does not know, as in many containers.
    with contextlib.suppress(OSError, KeyError, ImportError):
        names.add(getpass.getuser())
    return names - {""}
