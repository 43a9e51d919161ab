"""Standard output in place of a file, which users name ``-``."""

from __future__ import annotations

import sys
from pathlib import Path

from mien.errors import SettingsError

STDOUT = "-"
"""The path that means standard output."""


def is_stdout(path: str | Path | None) -> bool:
    """Return whether an output was named ``-``."""
    return str(path) == STDOUT


def refuse_terminal(what: str, setting: str | None = None) -> None:
    """Refuse to write what is not text to a terminal.

    Parameters
    ----------
    what
        Begins the sentence, such as ``"Parquet"``.
    setting
        The setting that names the output.

    Raises
    ------
    SettingsError
        If standard output is a terminal.
    """
    if sys.stdout.isatty():
        raise SettingsError(
            f"{what} is not text, so it is not printed on a terminal.",
            "Name a file for it, or pipe standard output into one.",
            setting,
        )


def write_bytes(data: bytes) -> None:
    """Write bytes to standard output."""
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
