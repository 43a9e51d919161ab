"""Finds the files of folders and globs, and says which of them are left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mien.errors import PictureError
from mien.image import UNREADABLE, begins_like_a_picture
from mien.media.own_files import head_of
from mien.words import counted, plural

_PICTURE_HEAD = 64  # bytes, by which a picture is recognised

_NAMED = 20
"""How many of the files left out are named."""


def glob_matches(pattern: Path) -> list[Path]:
    """List what a glob matches; an invalid pattern matches nothing."""
    if pattern.name == "**":
        # On its own, ** only matches folders in some releases of Python.
        pattern = pattern / "*"
    try:
        anchor = Path(pattern.anchor)
        matches = list(anchor.glob(str(pattern.relative_to(pattern.anchor))))
    except ValueError:
        return []
    named = set(pattern.parts)
    return [match for match in matches if not _is_hidden(match.relative_to(anchor), named)]


def glob_fix(pattern: Path) -> str:
    """Return how to fix a glob that matches nothing."""
    if "**" in pattern.name and pattern.name != "**":
        corrected = pattern.with_name(pattern.name.replace("**", "*"))
        return f"Write ** between slashes alone: '{corrected.parent / '**' / corrected.name}'."
    return "Check its spelling."


def _is_hidden(path: Path, named: set[str]) -> bool:
    """Return whether a path leads through a hidden folder that the pattern does not name."""
    return any(
        part.startswith(".") and part != ".." and part not in named for part in path.parts[:-1]
    )


def left_out(source: Path, others: Iterable[Path]) -> list[tuple[PictureError, list[Path]]]:
    """Find unreadable and misnamed pictures among other files, one error per extension."""
    groups: dict[str, list[Path]] = {}
    for path in others:
        suffix = path.suffix.lower()
        if suffix in UNREADABLE:
            groups.setdefault(suffix, []).append(path)
        elif begins_like_a_picture(head_of(path, _PICTURE_HEAD)):
            groups.setdefault("", []).append(path)
    return [(_error_of(source, suffix, paths), paths) for suffix, paths in groups.items()]


def _error_of(source: Path, suffix: str, paths: Sequence[Path]) -> PictureError:
    names = listed([path.name for path in paths])
    count = f"{counted(len(paths), 'picture')} in {source} {plural(len(paths), 'was', 'were')}"
    them = plural(len(paths), "it", "them")
    if suffix:
        return PictureError(
            f"{count} left out, since {suffix} files are not supported: {names}.",
            f"Convert {them} to JPEG or PNG.",
        )
    return PictureError(
        f"{count} left out for lack of a picture's file extension: {names}.",
        f"Give {them} the right one, such as .jpg, or name {them} directly.",
    )


def listed(names: Sequence[str]) -> str:
    """Name the first of several, and count the rest."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def notes_on(source: str, others: int) -> tuple[str, ...]:
    """Count files that are neither pictures nor clips."""
    if not others:
        return ()
    what = plural(others, "which is neither", "which are neither")
    return (f"{source}: left out {counted(others, 'file')}, {what} a picture nor a clip.",)
