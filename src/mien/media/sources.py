"""Turns what a user names (photos, folders, globs, standard input) into pictures to be read."""

from __future__ import annotations

import dataclasses
import functools
import io
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PIL import Image

from mien import marks
from mien.errors import PictureError
from mien.files import JPEG_QUALITY
from mien.image import SUFFIXES, UNREADABLE, begins_like_a_picture
from mien.perception.pixels import check_path, source_name
from mien.words import counted, plural

MARK = ".mien"
"""Precedes the file extension of every annotated picture that mien writes."""

STDIN = "-"
"""The source that means standard input."""

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".wmv", ".flv", ".mpg", ".mpeg", ".3gp"}
    | {".mts", ".m2ts", ".ogv", ".y4m", ".mjpeg"}
)
"""Lower-case file extensions of videos."""

_HEAD = 1024  # bytes, within which mien's mark is
_PICTURE_HEAD = 64  # bytes, by which a picture is recognised

_CAMERA = re.compile(r"\d{1,2}|(camera|webcam)(:\d+)?|/dev/video\d+", re.IGNORECASE)
_NAMED = 20
"""How many of the files left out are named."""


class StandardInput(io.BytesIO):
    """A picture from standard input, read to its end."""

    name = "<stdin>"


Picked = Path | StandardInput
"""A picture that is to be read."""


@dataclasses.dataclass(frozen=True)
class Listing:
    """The pictures that sources name, in order, and what was left out."""

    entries: tuple[tuple[str, Picked | PictureError], ...]
    """Each source with a picture that it names, or with why it names none or which were left
    out."""
    notes: tuple[str, ...] = ()
    """A sentence for each source that also has files which are not pictures."""

    @property
    def pictures(self) -> list[Picked]:
        """The pictures alone."""
        return [entry for _, entry in self.entries if not isinstance(entry, PictureError)]

    @property
    def paths(self) -> list[Path]:
        """The files among the pictures."""
        return [entry for entry in self.pictures if isinstance(entry, Path)]


def list_pictures(sources: Sequence[str | Path]) -> Listing:
    """List the pictures that several sources name.

    A folder names the pictures directly in it, a glob those it matches (``**`` goes into
    subfolders, but not into hidden ones), both sorted and without hidden files and pictures that
    mien wrote. Pictures in unsupported formats, or without a picture's file extension, are listed
    as errors after the others. ``-`` is a picture on standard input. Anything else is the path of
    one picture, whether it exists or not.

    Parameters
    ----------
    sources
        Paths of photos or folders, globs such as ``"party/*.jpg"``, or ``"-"``. If there are
        several, pictures that mien wrote are left out even where a source names them, since a
        shell expands ``*.jpg`` to mien's own outputs too.
    """
    entries: list[tuple[str, Picked | PictureError]] = []
    notes: list[str] = []
    read = False
    for source in sources:
        try:
            if str(source) == STDIN and read:
                raise PictureError("Standard input can be read just once.", "Name - once.")
            read = read or str(source) == STDIN
            listing = expand(source)
        except PictureError as error:
            entries.append((source_name(source), error))
            continue
        notes += listing.notes
        entries += [
            (name, entry)
            for name, entry in listing.entries
            if len(sources) == 1 or not isinstance(entry, Path) or not written_by_mien(entry)
        ]
    return Listing(tuple(entries), tuple(notes))


def expand(source: str | Path) -> Listing:
    """List the pictures that one source names; see `list_pictures`.

    Raises
    ------
    PictureError
        If the source is empty, an address, a camera or a video, if there is no picture in a
        folder, or if a glob matches none.
    """
    name = source_name(source)
    if not name.strip():
        raise PictureError("The name of a source is empty.", "Name a photo, a folder or a glob.")
    if name == STDIN:
        return Listing(((name, _standard_input()),))
    path = Path(source)
    if _holds(path.is_dir):
        return _listing(
            path,
            path.iterdir(),
            f"Expected pictures in the folder {path}, but there are none.",
            f"Its subfolders are not searched; for them, name the glob '{path}/**/*.jpg'.",
        )
    if _holds(path.exists) and path.suffix.lower() not in VIDEO_SUFFIXES:
        return Listing(((name, path),))
    _refuse_other_kinds(name, path)
    if not any(sign in name for sign in "*?["):
        return Listing(((name, path),))
    return _listing(path, _matches(path), f"The glob {name!r} matches no picture.", _glob_fix(path))


def _holds(question: Callable[[], bool]) -> bool:
    """Return whether something is true of a path; of a name that is too long, nothing is."""
    try:
        return question()
    except (OSError, ValueError):
        return False


def _standard_input() -> StandardInput:
    """Read standard input to its end.

    Raises
    ------
    PictureError
        If it is a terminal, where no picture can come from.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise PictureError(
            "Expected a picture on standard input, but nothing is piped into it.",
            "Pipe one in, as with: mien detect - < party.jpg.",
        )
    return StandardInput(sys.stdin.buffer.read())


def _refuse_other_kinds(name: str, path: Path) -> None:
    """Refuse addresses, cameras and videos, and say what to do instead."""
    check_path(name)
    if _CAMERA.fullmatch(name):
        raise PictureError(
            f"No picture is called {name}; if it means a camera, cameras are not supported yet.",
            "Take a photo with the camera's program, and name the file.",
        )
    if path.suffix.lower() in VIDEO_SUFFIXES:
        raise _video_error(path, path)


def _video_error(source: Path, video: Path) -> PictureError:
    """Say that videos are not supported yet, and how to read their pictures."""
    problem = f"{video} is a video, and videos are not supported yet."
    if not _holds(video.exists):
        problem = f"{video} does not exist, and videos are not supported yet."
    elif source != video:
        problem = f"{source} has no pictures, only videos, which are not supported yet."
    return PictureError(
        problem,
        "Save its frames as pictures, for example two a second with: ffmpeg -i"
        f" {video.name} -vf fps=2 frame-%04d.jpg.",
    )


def written_by_mien(path: Path) -> bool:
    """Return whether mien wrote a picture, by the mark in it: an annotated copy or a sheet.

    Copies by an earlier version have no mark; their name and their first bytes tell.
    """
    kind = path.suffix.lower()
    if kind == ".png":
        return "\0".join(marks.SHEET).encode() in _head(path, _HEAD)
    if kind != ".jpg":
        return False
    head = _head(path, _HEAD)
    return marks.COPY in head or (
        path.stem.endswith(MARK) and head.startswith(_beginning_of_copies())
    )


@functools.cache
def _beginning_of_copies() -> bytes:
    """Return the first bytes of a JPEG that Pillow writes with mien's quality, up to its size."""
    data = io.BytesIO()
    Image.new("RGB", (1, 1)).save(data, "JPEG", quality=JPEG_QUALITY)
    return data.getvalue().partition(b"\xff\xc0")[0]


def _head(path: Path, number: int) -> bytes:
    """Read the first bytes of a regular file; empty if that fails."""
    try:
        # Opening a pipe would wait for its other end.
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(number)
    except OSError:
        # The error is reported when the file is to be read.
        return b""


def _matches(pattern: Path) -> list[Path]:
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


def _glob_fix(pattern: Path) -> str:
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


def _listing(source: Path, paths: Iterable[Path], problem: str, fix: str) -> Listing:
    """Sort files into pictures and those left out; raise an error if there are neither."""
    files = sorted(
        path
        for path in paths
        if not path.name.startswith(".") and path.is_file() and not written_by_mien(path)
    )
    pictures = [path for path in files if path.suffix.lower() in SUFFIXES]
    others = [path for path in files if path.suffix.lower() not in SUFFIXES]
    left_out = _left_out(source, others)
    errors = [error for error, _ in left_out]
    if not pictures and not errors:
        videos = [path for path in others if path.suffix.lower() in VIDEO_SUFFIXES]
        raise _video_error(source, videos[0]) if videos else PictureError(problem, fix)
    name = source_name(source)
    named = {path for _, group in left_out for path in group}
    entries: list[Picked | PictureError] = [*pictures, *errors]
    notes = _notes(name, [path for path in others if path not in named])
    return Listing(tuple((name, entry) for entry in entries), notes)


def _left_out(source: Path, others: Iterable[Path]) -> list[tuple[PictureError, list[Path]]]:
    """Find unreadable and misnamed pictures among other files, one error per extension."""
    groups: dict[str, list[Path]] = {}
    for path in others:
        suffix = path.suffix.lower()
        if suffix in UNREADABLE:
            groups.setdefault(suffix, []).append(path)
        elif begins_like_a_picture(_head(path, _PICTURE_HEAD)):
            groups.setdefault("", []).append(path)
    return [(_error_of(source, suffix, paths), paths) for suffix, paths in groups.items()]


def _error_of(source: Path, suffix: str, paths: Sequence[Path]) -> PictureError:
    names = ", ".join(path.name for path in paths[:_NAMED])
    if len(paths) > _NAMED:
        names += f" and {len(paths) - _NAMED:,} more"
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


def _notes(source: str, others: Sequence[Path]) -> tuple[str, ...]:
    """Count files that are not pictures."""
    videos = sum(path.suffix.lower() in VIDEO_SUFFIXES for path in others)
    rest = len(others) - videos
    counts = []
    if videos:
        counts.append(counted(videos, "video"))
    if rest:
        counts.append(counted(rest, "other file" if videos else "file"))
    if not counts:
        return ()
    what = plural(len(others), "which is not a picture", "which are not pictures")
    return (f"{source}: left out {' and '.join(counts)}, {what}.",)
