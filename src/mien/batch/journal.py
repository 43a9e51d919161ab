"""Keeps what was read in clips as it is read, so that an interrupted run can go on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Self

from mien.errors import OutputError, SettingsError
from mien.files import cannot_write
from mien.perception.reading import Reading

NAME = ".mien-journal"
"""Of the journal in the folder of outputs."""

_KIND = "journal of mien, version 1"
"""Stands in its first line; the number grows if the meaning of a line changes."""


class Journal:
    """A file with a line for each frame that was read, in the order of the clips.

    The first line says what the run is; then each clip has a line that says which file it is, and
    one for each of its frames. Every line is written at once, so that a process that is killed
    loses one line at most.

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
        If the file cannot be written, or is not mien's.
    """

    def __init__(self, path: Path, run: Mapping[str, Any], resume: bool = False) -> None:
        self.path = path
        if path.exists() and not is_journal(path):
            raise OutputError(
                f"{path} exists and is not a journal of mien.", "Choose another folder.", "out"
            )
        self._end = 0
        if resume:
            self._end = _length_of_whole_lines(path)
            _check_same(path, run)
        with self._refusing():
            # Opened without "a", since what is behind the last whole line is cut off.
            self._file: IO[bytes] = path.open("r+b" if resume else "wb")
            self._file.truncate(self._end)
            self._file.seek(self._end)
        self._old = path.open("rb") if resume else None
        self._pending: dict[str, Any] | None = None
        self._given = self._added = 0
        self.error: OutputError | None = None
        """Why nothing more is noted, and the file is gone: the disk was full."""
        if self._old is not None:
            self._old.readline()
            self._pending = self._next()
        else:
            self._write({"kind": _KIND, **run})

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
        self._added += 1

    def remove(self) -> None:
        """Remove the file, since the run is complete."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file, which stays."""
        for file in filter(None, (self._file, self._old)):
            # What was not written cannot be written now either.
            with contextlib.suppress(OSError):
                file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _readings(self, classes: int) -> Iterator[Reading]:
        while self._pending is not None and "clip" not in self._pending:
            fields, self._pending = self._pending, self._next()
            self._given += 1
            yield Reading.from_dict(fields, classes)

    def _next(self) -> dict[str, Any] | None:
        """Return the next of the old lines."""
        assert self._old is not None
        if self._old.tell() >= self._end:
            return None
        line: dict[str, Any] = json.loads(self._old.readline())
        return line

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
    start = b'{"clip":'
    with path.open("rb") as file:
        return [json.loads(line)["clip"] for line in file if line.startswith(start)]


def clip_changed(clip: Mapping[str, Any]) -> SettingsError:
    """Return an error about a clip that is not the one that was read."""
    return SettingsError(
        f"{clip['source']} has changed since the interrupted run read it.",
        "Begin anew without resuming.",
        "resume",
    )


def _length_of_whole_lines(path: Path) -> int:
    """Return the length in bytes up to the end of the last whole line.

    Raises
    ------
    SettingsError
        If there is no line.
    """
    end = 0
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                end += len(line)
    if not end:
        raise SettingsError(
            f"There is no interrupted run of clips in {path.parent} to go on with.",
            "Run it without this, and with the same folder for the outputs.",
            "resume",
        )
    return end


def _check_same(path: Path, run: Mapping[str, Any]) -> None:
    """Refuse to go on with another run, and name the first thing that differs.

    Raises
    ------
    SettingsError
        If it is another one.
    """
    with path.open("rb") as file:
        before = json.loads(file.readline())
    now = {"kind": _KIND, **json.loads(json.dumps(run))}
    for name, old, new in _differences(before, now):
        kind, _, key = name.rpartition(".")
        raise SettingsError(
            _difference(path.parent, kind, key, old, new),
            "Go on with the same, or begin anew without resuming.",
            {"settings": key, "files": key}.get(kind, {"sha256": "net"}.get(key, "resume")),
        )


def _difference(folder: Path, kind: str, key: str, old: object, new: object) -> str:
    """Say what differs from the interrupted run."""
    if kind == "files":
        return f"The file of {key} has changed since the run in {folder} was interrupted."
    words = {
        "kind": "another version of mien",
        "version": "version of mien",
        "sha256": "network with the SHA-256",
    }.get(key, key.removesuffix("_file").replace("_", " "))
    return (
        f"The interrupted run in {folder} had the {words} {_shown(old)}, but now it is"
        f" {_shown(new)}."
    )


def _differences(
    before: Mapping[str, Any], now: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name, old and new value of what differs."""
    for name in dict.fromkeys([*now, *before]):
        old, new = before.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _differences(old, new, f"{prefix}{name}.")
        elif old != new:
            yield f"{prefix}{name}", old, new


def _shown(value: object) -> str:
    """Write a value in a sentence."""
    if isinstance(value, list):
        return ", ".join(map(str, value))[:200] or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value)
