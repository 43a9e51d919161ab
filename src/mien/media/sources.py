"""Turns what a user names (photos, folders, globs) into picture files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mien.errors import PictureError
from mien.image import SUFFIXES

MARK = ".mien"
"""Stands before the ending of every annotated picture that mien writes."""

PNG_MARK = ("Software", "mien contact sheet")
"""Key and text in every contact sheet, whose name the user chooses."""

_PNG_HEAD = 256  # bytes, among which the mark stands


def expand(source: str | Path) -> list[Path]:
    """List the pictures that one source names.

    A folder gives the pictures directly in it, a glob those it matches (``**`` goes into
    subfolders), both by name and without hidden files and pictures that mien wrote. Anything
    else is taken as the path of one picture, whether it exists or not.

    Parameters
    ----------
    source
        Path of a photo or folder, or a glob such as ``"party/*.jpg"``.

    Raises
    ------
    PictureError
        If a folder holds no picture, or a glob matches none.
    """
    path = Path(source)
    if path.is_dir():
        return _some(
            path.iterdir(),
            f"Expected pictures in the folder {path}, found none.",
            f"Its subfolders are not searched; for them, name the glob '{path}/**/*.jpg'.",
        )
    if path.exists() or not any(sign in str(source) for sign in "*?["):
        return [path]
    return _some(
        _matches(path), f"The glob {str(source)!r} matches no picture.", "Check its spelling."
    )


def written_by_mien(path: Path) -> bool:
    """Say whether a picture is mien's own: an annotated one by its name, a sheet by its mark."""
    return path.stem.endswith(MARK) or _is_sheet(path)


def _is_sheet(path: Path) -> bool:
    """Look for the mark of a contact sheet at the beginning of a PNG."""
    try:
        # Waiting for a pipe's other end would take for ever.
        if path.suffix.lower() != ".png" or not path.is_file():
            return False
        with path.open("rb") as file:
            return "\0".join(PNG_MARK).encode() in file.read(_PNG_HEAD)
    except OSError:
        # What cannot be opened is named when it is to be read.
        return False


def _matches(pattern: Path) -> list[Path]:
    """List what a glob matches; a pattern that is none matches nothing."""
    try:
        return list(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor))))
    except ValueError:
        return []


def _some(paths: Iterable[Path], problem: str, fix: str) -> list[Path]:
    """Keep the pictures, sorted, and refuse to have none."""
    pictures = sorted(path for path in paths if _is_picture(path))
    if not pictures:
        raise PictureError(problem, fix)
    return pictures


def _is_picture(path: Path) -> bool:
    """Say whether a file looks like someone's photo by its name."""
    return (
        path.suffix.lower() in SUFFIXES
        and not path.name.startswith(".")
        and not written_by_mien(path)
        and path.is_file()
    )
