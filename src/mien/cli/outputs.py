"""Writes a command's outputs to files, which are then named, or to standard output for ``-``."""

from __future__ import annotations

from pathlib import Path

import typer

from mien.stdout import is_stdout
from mien.words import printable


def file_of(path: Path | None) -> Path | None:
    """Return an output's path if it is a file; None for standard output, and if it is unset."""
    return None if is_stdout(path) else path


def write_output(path: Path, text: str, setting: str) -> None:
    """Write UTF-8 to a file, in a folder that is made for it, or to standard output.

    Parameters
    ----------
    path
        The file, or ``-``.
    text
        What is written.
    setting
        The setting that names the file, for errors.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from mien.files import make_folder, write

    if is_stdout(path):
        typer.echo(text.encode(), nl=False)
        return
    make_folder(path.parent, setting=setting)
    write(path, text.encode(), setting=setting)


def say_written(*paths: Path | None, on_stderr: bool = False) -> None:
    """Name the files that were written, each on its own line.

    Parameters
    ----------
    *paths
        The outputs; None and standard output are left out.
    on_stderr
        Whether to print on stderr, because standard output carries an output.
    """
    for path in filter(None, map(file_of, paths)):
        typer.echo(f"  -> {printable(path)}", err=on_stderr)
