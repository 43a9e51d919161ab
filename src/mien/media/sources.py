"""Turns what a user names (photos, folders, globs) into picture files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mien.errors import PictureError
from mien.image import SUFFIXES

MARK = ".mien"
"""Precedes the ending of every annotated picture that mien writes."""

PNG_MARK = ("Software", "mien contact sheet")
"""Key and text in every contact sheet, whose name the user chooses."""

_PNG_HEAD = 256  # bytes, within which the mark is


def expand(source: str | Path) -> list[Path]:
    """List the pictures that one source names.

    A folder names the pictures directly in it, a glob those it matches (``**`` goes into
    subfolders), both sorted and without hidden files and pictures that mien wrote. Anything
    else is the path of one picture, whether it exists or not.

    Parameters
    ----------
    source
        Path of a photo or folder, or a glob such as ``"party/*.jpg"``.

    Raises
    ------
    PictureError
        If the source is empty, there is no picture in a folder, or a glob matches none.
    """
    if not str(source).strip():
        raise PictureError("The name of a source is empty.", "Name a photo, a folder or a glob.")
    path = Path(source)
    if path.is_dir():
        return _some(
            path.iterdir(),
            f"Expected pictures in the folder {path}, but there are none.",
            f"Its subfolders are not searched; for them, name the glob '{path}/**/*.jpg'.",
        )
    if path.exists() or not any(sign in str(source) for sign in "*?["):
        return [path]
    return _some(
        _matches(path), f"The glob {str(source)!r} matches no picture.", "Check its spelling."
    )


def written_by_mien(path: Path) -> bool:
    """Return whether mien wrote a picture: an annotated one by its name, a sheet by its mark."""
    return path.stem.endswith(MARK) or _is_sheet(path)


def _is_sheet(path: Path) -> bool:
    """Look for the mark of a contact sheet at the beginning of a PNG."""
    try:
        # Opening a pipe would wait for its other end.
        if path.suffix.lower() != ".png" or not path.is_file():
            return False
        with path.open("rb") as file:
            return "\0".join(PNG_MARK).encode() in file.read(_PNG_HEAD)
    except OSError:
        # What cannot be opened is named when it is to be read.
        return False


def _matches(pattern: Path) -> list[Path]:
    """List what a glob matches; an invalid pattern matches nothing."""
    try:
        anchor = Path(pattern.anchor)
        matches = list(anchor.glob(str(pattern.relative_to(pattern.anchor))))
    except ValueError:
        return []
    named = set(pattern.parts)
    return [match for match in matches if not _is_hidden(match.relative_to(anchor), named)]


def _is_hidden(path: Path, named: set[str]) -> bool:
    """Return whether a path leads through a hidden folder that the pattern does not name."""
    return any(
        part.startswith(".") and part != ".." and part not in named for part in path.parts[:-1]
    )


def _some(paths: Iterable[Path], problem: str, fix: str) -> list[Path]:
    """Keep the pictures, sorted; raise if there are none."""
    pictures = sorted(path for path in paths if _is_picture(path))
    if not pictures:
        raise PictureError(problem, fix)
    return pictures


def _is_picture(path: Path) -> bool:
    """Return whether a file looks like someone's photo by its name."""
    return (
        path.suffix.lower() in SUFFIXES
        and not path.name.startswith(".")
        and not written_by_mien(path)
        and path.is_file()
    )


def list_pictures(sources: Sequence[str | Path]) -> Iterator[tuple[str, Path | PictureError]]:
    """List the pictures that several sources name, and why a source names none.

    Parameters
    ----------
    sources
        See `expand`. If there are several, pictures that mien wrote are left out even where a
        source names them, since a shell expands ``*.jpg`` to mien's own outputs too.

    Yields
    ------
    tuple of str and (Path or PictureError)
        The source, and a picture that it names or the error.
    """
    for source in sources:
        try:
            paths = expand(source)
        except PictureError as error:
            yield str(source), error
            continue
        for path in paths:
            if len(sources) == 1 or not written_by_mien(path):
                yield str(source), path
