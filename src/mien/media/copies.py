"""Names the annotated copies of pictures, and what is written about clips."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from mien import marks
from mien.media.layouts import layout_name
from mien.media.own_files import MARK, marked_part
from mien.media.sources import CameraInput, Picked, Video

_DIGEST = 32  # hexadecimal digits

_STEM = 220
"""Most bytes of a name before its ending: file systems allow 255, and ``-123.facereader.txt`` may
follow."""


class CopyNames:
    """Names for the annotated copies: party.mien.jpg, party-2.mien.jpg, ...

    A copy says in a comment which picture it is a copy of, so that a picture that is read again,
    in this run or another, has its copy replaced, and no other file ever is.

    Parameters
    ----------
    folder
        Where the copies go. If None, each goes beside its picture, and that of standard input into
        the working folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def copy_of(self, picture: Picked) -> Path:
        """Return the path of a picture's copy: its earlier one, or one that is free."""
        return next(
            path
            for path in self._names(picture)
            if not os.path.lexists(path) or self._is_copy(path, picture)
        )

    def comment(self, picture: Picked) -> bytes:
        """Return the comment that is to be in a picture's copy."""
        if not isinstance(picture, Path):
            return marks.COPY + _digest(picture.getvalue())
        return comment_on(picture, self._folder_of(picture))

    def _folder_of(self, picture: Picked) -> Path:
        beside = picture.parent if isinstance(picture, Path) else Path()
        return self._folder or beside

    def _names(self, picture: Picked) -> Iterator[Path]:
        folder = self._folder_of(picture)
        stem = _shortened(picture.stem) if isinstance(picture, Path) else "stdin"
        yield folder / f"{stem}{MARK}.jpg"
        for number in itertools.count(2):
            yield folder / f"{stem}-{number}{MARK}.jpg"

    def _is_copy(self, path: Path, picture: Picked) -> bool:
        """Return whether a file is an earlier copy of a picture."""
        return self.comment(picture) in marked_part(path)


@dataclasses.dataclass(frozen=True)
class ClipFiles:
    """The files that are written about one clip."""

    stem: Path
    """What their paths begin with: ``results/clip``."""
    comment: bytes
    """Says in the annotated copy and the timeline which clip they are of."""

    @property
    def video(self) -> Path:
        """The annotated copy."""
        return self._with(f"{MARK}.mp4")

    @property
    def timeline(self) -> Path:
        """The picture of the probabilities over time."""
        return self._with(".timeline.png")

    @property
    def summary(self) -> Path:
        """The summary."""
        return self._with(".summary.json")

    def table(self, program: str) -> Path:
        """Return the path of the table in another program's layout."""
        return self.stem.with_name(layout_name(program, self.stem.name))

    def _with(self, ending: str) -> Path:
        return self.stem.with_name(self.stem.name + ending)


class ClipNames:
    """Names for what is written about clips: clip.mien.mp4, clip-2.mien.mp4, ...

    As with `CopyNames`, the files of a clip that is read again replace the earlier ones, and no
    other file is ever replaced. A recording of a camera replaces nothing.

    Parameters
    ----------
    folder
        Where the files go. If None, they go beside each clip, and those of a camera into the
        working folder.
    program
        The program in whose layout a table is written for each clip too; None without.
    """

    def __init__(self, folder: Path | None = None, program: str | None = None) -> None:
        self._folder = folder
        self._program = program
        self._taken: set[Path] = set()

    def files_of(self, video: Video) -> ClipFiles:
        """Return the files of a clip: its earlier ones, or ones that are free."""
        files = next(files for files in self._candidates(video) if self._is_free(files, video))
        self._taken.add(files.stem)
        return files

    def _candidates(self, video: Video) -> Iterator[ClipFiles]:
        if isinstance(video, CameraInput):
            folder, name = self._folder or Path(), f"camera-{video.number}"
            comment = marks.COPY + _digest(str(video).encode())
        else:
            folder, name = self._folder or video.path.parent, _shortened(video.path.stem)
            comment = comment_on(video.path, folder)
        for number in itertools.count(1):
            yield ClipFiles(folder / (name if number == 1 else f"{name}-{number}"), comment)

    def _is_free(self, files: ClipFiles, video: Video) -> bool:
        """Return whether none of the files exists, or all are this clip's earlier ones."""
        if files.stem in self._taken:
            return False
        marked = [path for path in (files.video, files.timeline) if os.path.lexists(path)]
        others = [files.summary, *([files.table(self._program)] if self._program else [])]
        unmarked = [path for path in others if os.path.lexists(path)]
        if isinstance(video, CameraInput) or not marked:
            return not marked and not unmarked
        # The timeline is always written, so what stands beside this clip's own is this clip's.
        return all(path.is_file() and files.comment in marked_part(path) for path in marked)


def comment_on(path: Path, folder: Path) -> bytes:
    """Return the comment that a file in a folder has if it was made from the file at a path."""
    # A path relative to the copy's folder stays right if both are moved together.
    path, folder = path.resolve(), folder.resolve()
    try:
        name = os.path.relpath(path, folder)
    except ValueError:  # on another drive
        name = str(path)
    return marks.COPY + _digest(os.fsencode(name))


def _shortened(stem: str) -> str:
    """Return as much of a name's beginning as leaves room for what follows it."""
    name = os.fsencode(stem)
    return stem if len(name) <= _STEM else name[:_STEM].decode(errors="ignore")


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest()[:_DIGEST].encode()
