"""Writes a clip's table in another program's layout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mien.classes import NAMES, Vocabulary
from mien.errors import SettingsError
from mien.media.layouts.facereader import FaceReader
from mien.media.layouts.imotions import IMotions
from mien.media.layouts.layout import Cell, Layout
from mien.media.layouts.openface import OpenFace
from mien.media.layouts.pyfeat import PyFeat
from mien.media.metadata import ClipInfo
from mien.media.sinks import TextSink
from mien.perception.picture import Failure, Picture

LAYOUTS: dict[str, type[Layout]] = {
    layout.NAME: layout for layout in (OpenFace, PyFeat, FaceReader, IMotions)
}
"""The layouts by their names."""

_BEGINNING = 20_000
"""Characters of a file that are looked at to see whether mien wrote it: those of the header of the
largest vocabulary, with room to spare."""


def check_layout(name: str, vocabulary: Vocabulary, setting: str | None = "format") -> None:
    """Refuse a layout that has no columns for a network's classes.

    Raises
    ------
    SettingsError
        If the layout has FER-2013's classes, but the network has others; or the name of a class
        would have to be quoted, which a blank before it prevents.
    """
    if LAYOUTS[name].EXPRESSIONS and set(vocabulary.names) != set(NAMES):
        raise SettingsError(
            f"The format {name} has columns for {', '.join(NAMES[:-1])} and {NAMES[-1]}, but this"
            f" network tells {vocabulary.in_words()}.",
            "Write csv or parquet, which have columns for any classes.",
            setting,
        )
    separator = LAYOUTS[name].SEPARATOR
    for label in vocabulary.names:
        if separator.endswith(" ") and _text(label, separator) != label:
            raise SettingsError(
                f"The format {name} cannot hold the name of the class {label!r}, since it puts a"
                " blank before each, and most programs then take quotation marks for letters.",
                "Write csv or parquet, or rename the class.",
                setting,
            )


def layout_name(name: str, stem: str) -> str:
    """Return the name of the file for a clip: ``"clip.openface.csv"``."""
    return f"{stem}.{name}{LAYOUTS[name].SUFFIX}"


def is_earlier_layout(path: Path, name: str) -> bool:
    """Return whether mien may have written a table in a layout, by what is in it.

    An empty file counts, since it holds nothing that could be lost.
    """
    try:
        with path.open(encoding="utf-8") as file:
            beginning = file.read(_BEGINNING)
    except (OSError, ValueError):
        return False
    return not beginning or _is_ours(beginning, LAYOUTS[name])


def _is_ours(beginning: str, layout: type[Layout]) -> bool:
    """Return whether a text begins as mien's tables in a layout do, and the program's do not."""
    if layout.EXPRESSIONS:
        lines = beginning.splitlines()
        return layout.SEPARATOR.join(layout(ClipInfo("", 0, 0), "", NAMES).header) in lines[:9]
    # Only mien has a probability after the columns that OpenFace begins with.
    return beginning.startswith("frame, face_id, timestamp, confidence, success, p_")


class LayoutSink(TextSink):
    """Writes one clip's table in a layout; see `Sink` for what becomes of the file.

    Parameters
    ----------
    path, setting
        As for `Sink`.
    name
        A key of `LAYOUTS`.
    clip
        The clip.
    network
        What reads it.
    vocabulary
        The network's classes.

    Raises
    ------
    SettingsError
        As `check_layout`.
    OutputError
        If the file cannot be written.
    """

    def __init__(
        self,
        path: str | Path,
        name: str,
        clip: ClipInfo,
        network: str,
        vocabulary: Vocabulary,
        setting: str | None = None,
    ) -> None:
        check_layout(name, vocabulary)
        super().__init__(path, setting)
        self._layout = LAYOUTS[name](clip, network, vocabulary.names)
        self._crowded = False
        before = [*self._layout.preamble(), self._layout.header]
        self._write("".join(map(self._line, before)))

    @property
    def note(self) -> str | None:
        """A sentence on faces that the layout has no room for; None if there were none."""
        if not self._crowded:
            return None
        return (
            f"{self._layout.clip.source} has frames with several faces; the format"
            f" {self._layout.NAME} has room for one, so the one with the largest box is in it."
        )

    def add(self, result: Picture | Failure) -> None:
        """Append the rows of a frame; what has no time is not part of a clip and has no row."""
        if isinstance(result, Failure) or result.time is None:
            return
        self._crowded = self._crowded or (self._layout.SINGLE and len(result) > 1)
        self._write("".join(map(self._line, self._layout.rows(result, result.time))))

    def _line(self, cells: Sequence[Cell]) -> str:
        """Write a line of the table."""
        separator = self._layout.SEPARATOR
        return separator.join(_text(cell, separator) for cell in cells) + "\n"

    def _complete(self) -> None:
        self._close_file()


def _text(cell: Cell, separator: str) -> str:
    """Write a cell, between quotation marks if it has a separator in it."""
    text = "" if cell is None else str(cell)
    if any(sign in text for sign in (separator[0], '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text
