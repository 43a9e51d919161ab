"""Keeps what was read in clips as it is read, so that an interrupted run can go on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Self

from mien.detect_job.differences import check_same, clip_changed
from mien.detect_job.locking import open_alone
from mien.errors import OutputError, SettingsError
from mien.files import TEMPORARY, cannot_write, canonical
from mien.perception.reading import Reading

NAME = ".mien-journal"
"""Of the journal in the folder of outputs."""

_KIND = "journal of mien, version 1"
"""Stands in its first line; the number grows if the meaning of a line changes."""

_CLIP, _FRAME, _FILE = b'{"clip":', b'{"frame":', b'{"temporary":'
"""What the lines begin with: of a clip, of a frame, and of a file that is not complete yet."""


class Journal:
    """A file with a line for each frame that was read, in the order of the clips.

    The first line says what the run is; then each clip has a line that says which file it is, and
    one for each of its frames. Every line is written at once, so that a process that is killed
    loses one line at most. While one run has the journal, no other can, as far as the file system
    knows locks.

    Parameters
    ----------
    path
        The file.
    run
        What the run is, of types that JSON can hold: a run of another kind cannot go on with it.
    resume
        Whether to go on with the run that is in the file; otherwise it begins anew.

    Raises
    ------
    SettingsError
        If there is no run to go on with, or it is not the same.
    OutputError
        If the file cannot be written, is not mien's, or another run has it.
    """

    def __init__(self, path: Path, run: Mapping[str, Any], resume: bool = False) -> None:
        self.path = path
        if path.exists() and not is_journal(path):
            raise OutputError(
                f"{path} exists and is not a journal of mien.", "Choose another folder.", "out"
            )
        if resume and not path.exists():
            raise _nothing_to_resume(path)
        self.error: OutputError | None = None
        """Why nothing more is noted, and the file is gone: the disk was full."""
        self._old: IO[bytes] | None = None
        self._pending: dict[str, Any] | None = None
        self._given = self._added = 0
        self._before = self._again = self._end = 0
        self._file = open_alone(path)
        try:
            with self._refusing():
                self._start({"kind": _KIND, **run}, resume)
        except BaseException:
            self.close()
            raise

    @property
    def behind(self) -> bool:
        """Whether some of what was read before the interruption was not read again yet."""
        return self.error is None and self._again < self._before

    def note_temporary(self, path: Path | None) -> None:
        """Note a file that is to be removed if the process is killed before it is complete."""
        if path is not None and path.name.startswith(TEMPORARY):
            self._write({"temporary": str(_as_seen_from(self.path.parent, path))})

    def begin(self, clip: Mapping[str, Any], classes: int) -> Iterator[Reading]:
        """Begin the next clip, and return the readings of it that are there already.

        Parameters
        ----------
        clip
            Which file it is, as JSON; `"source"` names it.
        classes
            Number of the network's classes.

        Raises
        ------
        SettingsError
            If the clip that was read before is another one.
        """
        self._given = self._added = 0
        # Those of the clip before that were not asked for, since it is shorter now.
        while self._pending is not None and "clip" not in self._pending:
            self._pending = self._next()
        if self._pending is None:
            self._write({"clip": dict(clip)})
            return iter(())
        before = self._pending["clip"]
        if before != dict(clip):
            raise clip_changed(clip)
        self._pending = self._next()
        return self._readings(classes)

    def add(self, reading: Reading) -> None:
        """Append the reading of a frame of the clip that was begun last.

        If the disk is full, the file is removed, since other outputs need the space more.
        """
        # Threads take readings ahead, but always before the frame itself is added.
        if self._added >= self._given:
            self._write(reading.to_dict())
        else:
            self._again += 1
        self._added += 1

    def remove(self) -> None:
        """Remove the file, since the run is complete."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file, which stays; another run may have it now."""
        for file in filter(None, (self._file, self._old)):
            # What was not written cannot be written now either.
            with contextlib.suppress(OSError):
                file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _start(self, run: Mapping[str, Any], resume: bool) -> None:
        """Begin the file, or go on behind its last whole line."""
        if resume:
            self._end, self._before = _measure(self.path)
            check_same(self.path, run)
        _remove_temporaries(self.path)
        self._file.truncate(self._end)
        self._file.seek(self._end)
        if resume:
            self._old = self.path.open("rb")
            self._old.readline()
            self._pending = self._next()
        else:
            self._write(run)

    def _readings(self, classes: int) -> Iterator[Reading]:
        while self._pending is not None and "clip" not in self._pending:
            fields, self._pending = self._pending, self._next()
            self._given += 1
            yield Reading.from_dict(fields, classes)

    def _next(self) -> dict[str, Any] | None:
        """Return the next of the old lines that is about a clip or frame."""
        assert self._old is not None
        while self._old.tell() < self._end:
            line: dict[str, Any] = json.loads(self._old.readline())
            if "temporary" not in line:
                return line
        return None

    def _write(self, content: Mapping[str, Any]) -> None:
        if self.error is not None:
            return
        try:
            self._file.write(json.dumps(content, separators=(",", ":")).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            self.error = cannot_write(self.path, error, setting="out")
            self.remove()

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise cannot_write(self.path, error, setting="out") from error


def is_journal(path: Path) -> bool:
    """Return whether a file is a journal of mien, of this or another version."""
    try:
        with path.open("rb") as file:
            start = file.readline()
    except OSError:
        return False
    # A run that was killed at once leaves an empty one.
    return not start or start.startswith(b'{"kind":"journal of mien')


def clips_in(path: Path) -> list[dict[str, Any]]:
    """Return which clips a journal has readings of, in order."""
    return [line["clip"] for line in _lines(path, _CLIP)]


def _measure(path: Path) -> tuple[int, int]:
    """Return the length in bytes up to the end of the last whole line, and the number of frames.

    Raises
    ------
    SettingsError
        If there is no line.
    """
    end = frames = 0
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                end += len(line)
                frames += line.startswith(_FRAME)
    if not end:
        raise _nothing_to_resume(path)
    return end, frames


def _remove_temporaries(path: Path) -> None:
    """Remove the incomplete files of a run that was killed, which its journal names."""
    for line in _lines(path, _FILE):
        part = path.parent / line["temporary"]
        if part.name.startswith(TEMPORARY) and part != path:
            # One that cannot be removed takes space, and does no other harm.
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def _lines(path: Path, start: bytes) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of a journal that begin in a certain way."""
    with path.open("rb") as file:
        for line in file:
            if line.startswith(start) and line.endswith(b"\n"):
                yield json.loads(line)


def _as_seen_from(folder: Path, path: Path) -> Path:
    """Return a path relative to a folder if it is in it, so that both may be moved."""
    folder, path = canonical(folder), canonical(path)
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def _nothing_to_resume(path: Path) -> SettingsError:
    return SettingsError(
        f"There is no interrupted run of clips in {path.parent} to go on with.",
        "Run it without this, and with the same folder for the outputs.",
        "resume",
    )
