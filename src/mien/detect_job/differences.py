"""Says what differs between an interrupted run and the one that is to go on with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mien.errors import SettingsError


def clip_changed(clip: Mapping[str, Any]) -> SettingsError:
    """Return an error about a clip that is not the one that was read."""
    return SettingsError(
        f"{clip['source']} has changed since the interrupted run read it.",
        "Begin anew without resuming.",
        "resume",
    )


def check_same(path: Path, run: Mapping[str, Any]) -> None:
    """Refuse to go on with another run than that of a journal, and name what differs first.

    Parameters
    ----------
    path
        The journal.
    run
        What the run is now: the journal's first line if it began anew.

    Raises
    ------
    SettingsError
        If it is another one.
    """
    with path.open("rb") as file:
        before = json.loads(file.readline())
    now = json.loads(json.dumps(run))
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
