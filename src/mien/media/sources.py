"""Turns what a user names (photos, clips, folders, globs, cameras) into what is to be read."""

from __future__ import annotations

import dataclasses
import io
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from mien.errors import MienError, PictureError, VideoError
from mien.files import canonical
from mien.image import SUFFIXES, begins_like_a_picture
from mien.media.folders import glob_fix, glob_matches, left_out, listed, notes_on
from mien.media.own_files import holds_results, written_by_mien
from mien.perception.pixels import check_path, source_name
from mien.video import VIDEO_SUFFIXES, is_video
from mien.video.formats import HEAD, begins_like_a_clip

STDIN = "-"
"""The source that means standard input."""

_CAMERA = re.compile(r"(?:camera|webcam)(?::(\d{1,4}))?|/dev/video(\d{1,4})", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,2}", re.ASCII)


class StandardInput(io.BytesIO):
    """A picture from standard input, read to its end."""

    name = "<stdin>"


@dataclasses.dataclass(frozen=True)
class ClipFile:
    """A clip that is to be read."""

    path: Path

    def __str__(self) -> str:
        return source_name(self.path)


@dataclasses.dataclass(frozen=True)
class CameraInput:
    """A camera that is to be recorded."""

    number: int

    def __str__(self) -> str:
        return f"camera:{self.number}"


Picked = Path | StandardInput
"""A picture that is to be read."""

Video = ClipFile | CameraInput
"""What gives frames in time."""

Entry = Picked | Video | MienError
"""What a source names, or why it names nothing."""


@dataclasses.dataclass(frozen=True)
class Listing:
    """What sources name, in order, and what was left out."""

    entries: tuple[tuple[str, Entry], ...]
    """Each source with a picture, clip or camera that it names, or with why it names none or which
    were left out."""
    notes: tuple[str, ...] = ()
    """Sentences on files that were left out without being errors."""

    @property
    def pictures(self) -> list[Picked]:
        """The pictures alone."""
        return [entry for _, entry in self.entries if isinstance(entry, Path | StandardInput)]

    @property
    def paths(self) -> list[Path]:
        """The files among the pictures."""
        return [entry for entry in self.pictures if isinstance(entry, Path)]

    @property
    def videos(self) -> list[Video]:
        """The clips and cameras."""
        return [entry for _, entry in self.entries if isinstance(entry, ClipFile | CameraInput)]

    @property
    def clips(self) -> list[Path]:
        """The files of the clips."""
        return [video.path for video in self.videos if isinstance(video, ClipFile)]

    @property
    def files(self) -> list[Path]:
        """All files that are read, pictures and clips."""
        return [*self.paths, *self.clips]


def list_sources(sources: Sequence[str | Path]) -> Listing:
    """List the pictures, clips and cameras that several sources name.

    A folder names the pictures and clips directly in it, a glob those it matches (``**`` goes into
    subfolders, but not into hidden ones), both sorted and without hidden files and what mien wrote.
    Pictures in unsupported formats, or without a picture's file extension, are listed as errors
    after the others. ``-`` is a picture on standard input, ``camera:0`` the first camera. Anything
    else is the path of one picture or clip, whether it exists or not. An animated GIF is a clip.
    A clip that is named several times is listed once.

    Parameters
    ----------
    sources
        Paths of photos, clips or folders, globs such as ``"party/*.jpg"``, cameras, or ``"-"``. If
        there are several, what mien wrote is left out even where a source names it, since a shell
        expands ``*.jpg`` to mien's own outputs too.
    """
    entries: list[tuple[str, Entry]] = []
    notes: list[str] = []
    for place, source in enumerate(sources):
        try:
            if str(source) == STDIN and STDIN in map(str, sources[:place]):
                raise PictureError("Standard input can be read just once.", "Name - once.")
            listing = expand(source)
        except MienError as error:
            entries.append((source_name(source), error))
            continue
        notes += listing.notes
        entries += listing.entries
    own = [str(entry) for _, entry in entries if _is_own(entry)]
    if len(sources) > 1 and own:
        entries = [(name, entry) for name, entry in entries if not _is_own(entry)]
        notes.append(_own_note(own))
    return Listing(*_without_repeats(entries, notes))


def _own_note(own: Sequence[str]) -> str:
    """Say which files are left out although a source names them."""
    one = len(own) == 1
    them = "was left out, since mien wrote it" if one else "were left out, since mien wrote them"
    return f"{listed(own)} {them}; what mien wrote is read if it is the only source."


def _without_repeats(
    entries: Iterable[tuple[str, Entry]], notes: Iterable[str]
) -> tuple[tuple[tuple[str, Entry], ...], tuple[str, ...]]:
    """Keep each clip once, so that its frames are not counted twice, and say so in a note."""
    kept: list[tuple[str, Entry]] = []
    times: dict[Path, list[str]] = {}
    for name, entry in entries:
        if isinstance(entry, ClipFile):
            names = times.setdefault(canonical(entry.path), [])
            names.append(str(entry))
            if len(names) > 1:
                continue
        kept.append((name, entry))
    repeats = [names for names in times.values() if len(names) > 1]
    more = [f"{names[0]} is named {len(names)} times, but read once." for names in repeats]
    return tuple(kept), (*notes, *more)


def _is_own(entry: Entry) -> bool:
    """Return whether an entry is a file that mien wrote."""
    path = entry.path if isinstance(entry, ClipFile) else entry
    return isinstance(path, Path) and written_by_mien(path)


def expand(source: str | Path) -> Listing:
    """List what one source names; see `list_sources`.

    Raises
    ------
    PictureError
        If the source is empty or an address, if there is neither a picture nor a clip in a folder,
        or if a glob matches none.
    VideoError
        If the source may mean a camera, but is not written as one.
    """
    name = source_name(source)
    if not name.strip():
        raise PictureError(
            "The name of a source is empty.", "Name a photo, a clip, a folder or a glob."
        )
    if name == STDIN:
        return Listing(((name, _standard_input()),))
    path = Path(source)
    if _holds(path.is_dir):
        return _listing(
            path,
            path.iterdir(),
            f"Expected pictures or clips in the folder {path}, but there are none",
            f"Its subfolders are not searched; for them, name the glob '{path}/**/*.jpg'.",
        )
    if _holds(path.exists) and not _is_device(path):
        return Listing(((name, _file_entry(path)),))
    if (camera := _camera(name)) is not None:
        return Listing(((name, camera),))
    check_path(name)
    if not any(sign in name for sign in "*?["):
        return Listing(((name, _file_entry(path)),))
    problem = f"The glob {name!r} matches no picture and no clip"
    return _listing(path, glob_matches(path), problem, glob_fix(path))


def _is_device(path: Path) -> bool:
    """Return whether a path is a device, such as a camera under Linux."""
    return _holds(path.is_char_device)


def _file_entry(path: Path) -> Path | ClipFile:
    return ClipFile(path) if is_video(path) else path


def _camera(name: str) -> CameraInput | None:
    """Return the camera that a source names; None if it names none.

    Raises
    ------
    VideoError
        If it is a bare number.
    """
    if _NUMBER.fullmatch(name):
        raise VideoError(
            f"There is no file {name}.", f"If it means a camera, write camera:{name}."
        )
    match = _CAMERA.fullmatch(name)
    return None if match is None else CameraInput(int(match[1] or match[2] or 0))


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
        If it is a terminal, where no picture can come from, or a clip.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise PictureError(
            "Expected a picture on standard input, but nothing is piped into it.",
            "Pipe one in, as with: mien detect - < party.jpg.",
        )
    head = sys.stdin.buffer.read(HEAD)
    if begins_like_a_clip(head) and not begins_like_a_picture(head):
        raise PictureError(
            "Expected a picture on standard input, got a clip, which has to be a file.",
            "Name the file in place of -, as with: mien detect clip.mp4.",
        )
    return StandardInput(head + sys.stdin.buffer.read())


def _listing(source: Path, paths: Iterable[Path], problem: str, fix: str) -> Listing:
    """Sort files into those to be read and those left out; raise an error if there are neither."""
    visible = [path for path in paths if not path.name.startswith(".") and path.is_file()]
    files = sorted(path for path in visible if not written_by_mien(path))
    known = SUFFIXES | VIDEO_SUFFIXES
    readable = [path for path in files if path.suffix.lower() in known]
    others = [path for path in files if path.suffix.lower() not in known]
    groups = left_out(source, others)
    errors = [error for error, _ in groups]
    if not readable and not errors:
        own = " except what mien wrote." if len(files) < len(visible) else "."
        raise PictureError(problem + own, fix)
    name = source_name(source)
    named = {path for _, group in groups for path in group}
    entries: list[Entry] = [*map(_file_entry, readable), *errors]
    # What mien wrote about the pictures is not the user's, who is not told of it.
    strangers = [path for path in others if path not in named and not holds_results(path)]
    notes = notes_on(name, len(strangers))
    return Listing(tuple((name, entry) for entry in entries), notes)
