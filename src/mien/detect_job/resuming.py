"""Decides whether a run goes on with an interrupted one."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mien.detect_job.differences import clip_changed
from mien.detect_job.journal import NAME, Journal, clips_in, is_journal
from mien.errors import SettingsError
from mien.media.sources import Listing
from mien.perception.reader import Reader
from mien.settings import DetectSettings

_OTHERWISE = {"sources", "net", "out", "resume"}
"""Settings that are compared in other ways, or may change."""


def open_journal(settings: DetectSettings, listing: Listing, reader: Reader) -> Journal:
    """Begin the journal of a run in its folder of outputs, or go on with it.

    Raises
    ------
    SettingsError
        If the run is to go on with an interrupted one, but there is none, or a clip, the network or
        a setting has changed since.
    OutputError
        If it cannot be written.
    """
    assert settings.out is not None
    path = settings.out / NAME
    run = _describe(settings, listing, reader)
    if not settings.resume:
        return Journal(path, run)
    journal = Journal(path, run, resume=True)
    try:
        _check_clips(path, listing)
    except SettingsError:
        journal.close()
        raise
    return journal


def other_run_note(settings: DetectSettings) -> str | None:
    """Return a sentence on an interrupted run in the folder that is begun anew."""
    path = None if settings.out is None else settings.out / NAME
    if settings.resume or path is None or not path.is_file() or not is_journal(path):
        return None
    return f"The interrupted run in {settings.out} begins anew, since it is not to be resumed."


def _describe(settings: DetectSettings, listing: Listing, reader: Reader) -> dict[str, Any]:
    """Return everything that must be the same for a run to go on."""
    files = {"markers": settings.markers, "truth": settings.truth}
    own = settings.neutral_files
    return {
        "version": version("mien"),
        "network": reader.name,
        "sha256": reader.info.sha256,
        "sources": [str(entry) for _, entry in listing.entries],
        "settings": settings.model_dump(mode="json", exclude=_OTHERWISE),
        "files": {
            **{name: _sha256(path) for name, path in files.items() if path is not None},
            **({"neutral": [_sha256(path) for path in own]} if own else {}),
        },
    }


def _check_clips(journal: Path, listing: Listing) -> None:
    """Refuse clips that have changed since they were read."""
    for clip in clips_in(journal):
        path = next((path for path in listing.clips if str(path) == clip["source"]), None)
        if path is not None and _sha256(path) != clip["sha256"]:
            raise clip_changed(clip)


def _sha256(path: Path) -> str | None:
    """Return a file's SHA-256; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
