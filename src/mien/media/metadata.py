"""The file metadata.json beside a table: which network, version and settings made it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from mien.errors import OutputError
from mien.files import write
from mien.models import ModelInfo

NAME = "metadata.json"

_PROGRAM = "mien"


@dataclasses.dataclass(frozen=True)
class ClipInfo:
    """What a clip is, as far as its header says; None is unknown."""

    source: str
    """The clip, as it was named."""
    width: int
    """Width in pixels of the upright frames."""
    height: int
    """Height in pixels of the upright frames."""
    duration: float | None = None
    """How long it lasts, in seconds."""
    rate: float | None = None
    """Its average number of frames a second."""
    frames: int | None = None
    """How many frames it has."""

    def to_dict(self) -> dict[str, object]:
        """Return the clip as JSON."""
        return dataclasses.asdict(self)


def check_metadata(folder: Path, setting: str | None = None) -> None:
    """Refuse a folder whose metadata.json is not mien's, before anything is read.

    Raises
    ------
    OutputError
        If there is such a file.
    """
    path = folder / NAME
    if path.exists() and not is_metadata(path):
        raise OutputError(
            f"{path} exists and was not written by mien, which writes one beside its tables.",
            "Choose another folder for the table.",
            setting,
        )


def write_metadata(
    folder: Path,
    network: str,
    info: ModelInfo,
    settings: Mapping[str, object],
    clips: Sequence[ClipInfo] = (),
) -> None:
    """Write metadata.json, which says what made a table, beside it.

    Parameters
    ----------
    folder
        Folder of the table.
    network
        Name of the network, as in the results.
    info
        The network's info, for its SHA-256.
    settings
        The settings, of types that JSON can hold.
    clips
        The clips that the table is about.

    Raises
    ------
    OutputError
        If a file of that name is not mien's, or it cannot be written.
    """
    check_metadata(folder)
    content = {
        "program": _PROGRAM,
        "version": version("mien"),
        "network": network,
        "sha256": info.sha256,
        "settings": dict(settings),
        **({"clips": [clip.to_dict() for clip in clips]} if clips else {}),
    }
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write(folder / NAME, text.encode())


def is_metadata(path: Path) -> bool:
    """Return whether a file is a metadata.json that mien wrote."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("program") == _PROGRAM
