"""The page of a timeline, from its title to the notes at the end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien.classes import Vocabulary
from mien.clock import clock
from mien.drawing.text import length, name_of, shortened, wrapped, write
from mien.drawing.timeline import lanes, panel, ribbon
from mien.drawing.timeline.axis import Axis
from mien.drawing.timeline.bins import Bin, Bins
from mien.drawing.timeline.legend import draw_legend, legend_height
from mien.media.markers import Markers
from mien.media.summary import Summary
from mien.words import counted, plural

PANELS = 8
"""Most faces that have a panel: those that are seen longest."""

WIDTH = 1600
"""Width of a timeline in pixels."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 36, 24, 20
"""Margins in pixels; the numbers beside the panels are in the left one."""

_INK = (34, 38, 44)
_FAINT = (104, 110, 118)
_PAPER = (255, 255, 255)

_HEADING = 28  # pixels above a ribbon, for what stands about the face
_GAP = 24  # between panels
_AXIS = 32  # below the last one, for the times
_LINE = 20  # of the text at the end

_LISTED = 12
"""How many faces without a panel are listed."""


class Page:
    """A timeline while it is drawn, from top to bottom.

    Parameters
    ----------
    vocabulary
        The network's classes.
    bins
        What each face showed, and when.
    markers
        The events of the clip.
    summary
        The same in numbers.
    """

    def __init__(
        self, vocabulary: Vocabulary, bins: Bins, markers: Markers, summary: Summary
    ) -> None:
        self._vocabulary = vocabulary
        self._summary = summary
        self._axis = axis = Axis(summary.begin, summary.end, _LEFT, WIDTH - _RIGHT)
        self._runs = runs = {face_id: bins.runs(face_id) for face_id in bins.faces}
        self._longest = sorted(runs, key=lambda face_id: (-_seconds(runs[face_id]), face_id))
        self._ranges = [item for item in markers.ranges() if _meets(axis, item[0], item[1])]
        self._excluded = [item for item in markers.excluded_ranges() if _meets(axis, *item)]

    def draw(self, title: str) -> NDArray[np.uint8]:
        """Draw it, and return RGB ``uint8 [H, WIDTH, 3]``."""
        shown = sorted(self._longest[:PANELS])
        notes = [line for note in self._notes() for line in wrapped(note, self._room, 15)]
        height = self._height(len(shown), len(notes))
        picture = Image.new("RGB", (WIDTH, height), _PAPER)
        y = self._draw_title(picture, title)
        y = draw_legend(picture, (_LEFT, y), self._room, self._vocabulary, bool(self._excluded))
        y = self._draw_lanes(picture, y)
        for face_id in shown:
            y = self._draw_face(picture, y, face_id)
        if not shown:
            y = self._draw_empty(picture, y)
        y -= _GAP
        self._draw_times(picture, y)
        y += _AXIS
        for line in notes:
            write(picture, (_LEFT, y), line, 15, _FAINT)
            y += _LINE
        return np.array(picture)

    @property
    def _room(self) -> float:
        return self._axis.right - self._axis.left

    def _height(self, panels: int, notes: int) -> int:
        """Return the height of the page in pixels."""
        above_panel = _HEADING + ribbon.HEIGHT + 4 if panels else 0
        one = above_panel + panel.HEIGHT + _GAP
        legend = legend_height(self._room, self._vocabulary, bool(self._excluded))
        above = _TOP + 62 + legend + (bool(self._ranges) + bool(self._excluded)) * lanes.HEIGHT
        return above + max(1, panels) * one - _GAP + _AXIS + notes * _LINE + _BOTTOM

    def _draw_title(self, picture: Image.Image, title: str) -> int:
        """Write what the clip is, and return where the next part begins."""
        write(picture, (_LEFT, _TOP), shortened(title, self._room, 24), 24, _INK)
        lasts, frames = clock(self._summary.seconds), counted(self._summary.frames, "frame")
        faces = counted(len(self._runs), "face") if self._runs else "no face"
        about = f"{lasts}, {frames}, read by {self._summary.network}, {faces}"
        write(picture, (_LEFT, _TOP + 32), about, 15, _FAINT)
        return _TOP + 62

    def _draw_lanes(self, picture: Image.Image, y: int) -> int:
        """Draw markers and excluded ranges, and return where the next part begins."""
        if self._ranges:
            lanes.draw_markers(picture, y, self._axis, self._ranges)
            write(picture, (_LEFT - 10, y + 9.5), "marker", 14, _FAINT, "rm")
            y += lanes.HEIGHT
        if self._excluded:
            lanes.draw_excluded(picture, y, self._axis, self._excluded)
            y += lanes.HEIGHT
        return y

    def _draw_face(self, picture: Image.Image, y: int, face_id: int) -> int:
        """Draw a face's heading, ribbon and panel, and return where the next part begins."""
        runs = self._runs[face_id]
        name = f"Face {face_id}"
        write(picture, (_LEFT, y + 15), name, 18, _INK, "lm")
        start = _LEFT + length(name, 18) + 14
        text = shortened(self._about(face_id), self._axis.right - start, 15)
        write(picture, (start, y + 16), text, 15, _FAINT, "lm")
        y += _HEADING
        ribbon.draw_ribbon(picture, y, self._axis, runs, self._vocabulary)
        y += ribbon.HEIGHT + 4
        self._draw_panel(picture, y, runs)
        return y + panel.HEIGHT + _GAP

    def _draw_empty(self, picture: Image.Image, y: int) -> int:
        """Draw a panel that says that there is nothing to see."""
        self._draw_panel(picture, y, [])
        spot = ((self._axis.left + self._axis.right) / 2, y + panel.HEIGHT / 4)
        write(picture, spot, "No face was seen.", 18, _FAINT, "mm")
        return y + panel.HEIGHT + _GAP

    def _draw_panel(self, picture: Image.Image, y: int, runs: Sequence[Sequence[Bin]]) -> None:
        """Draw a panel and the numbers beside it."""
        times = [begin for begin, _, _ in self._ranges if begin > self._axis.begin]
        pixels = panel.draw_panel(self._axis, runs, self._vocabulary, times, self._excluded)
        picture.paste(Image.fromarray(pixels), (_LEFT, y))
        for share in (0.0, 0.5, 1.0):
            spot = (_LEFT - 10, y + panel.height_of(share))
            write(picture, spot, f"{share:.0%}", 14, _FAINT, "rm")

    def _draw_times(self, picture: Image.Image, y: int) -> None:
        """Write the times below the last panel."""
        for x, label in self._axis.ticks():
            half = length(label, 14) / 2
            middle = min(max(x, half + 4), WIDTH - half - 4)
            write(picture, (middle, y + 7), label, 14, _FAINT, "ma")

    def _about(self, face_id: int) -> str:
        """Say how long a face is seen, and what it shows most, without excluded time."""
        face = next((face for face in self._summary.faces if face.face_id == face_id), None)
        if face is None:
            return "seen only in excluded time"
        if not face.seconds:
            return "seen for an instant"
        shares = [(item.share, name_of(self._vocabulary[item.expression]))
                  for item in face.expressions]  # fmt: skip
        shares.append((face.unsure_share, "unsure"))
        often = sorted((item for item in shares if item[0] >= 0.01), key=lambda item: -item[0])
        listed = ", ".join(f"{name} {share:.0%}" for share, name in often[:4])
        aside = " (excluded time not counted)" if self._excluded else ""
        whole = self._summary.seconds - self._summary.excluded_seconds
        return f"seen {_short(face.seconds)} of {_short(whole)}{aside}: {listed}"

    def _notes(self) -> Iterator[str]:
        """Yield sentences on what has no room."""
        without = lanes.without_label(self._axis, self._ranges)
        if without:
            short = plural(without, "is too short for its label", "are too short for their labels")
            yield f"{counted(without, 'marker')} {short}."
        hidden = self._longest[PANELS:]
        if hidden:
            listed = ", ".join(
                f"face {face_id} ({_short(_seconds(self._runs[face_id]))})"
                for face_id in hidden[:_LISTED]
            )
            more = f" and {len(hidden) - _LISTED} more" if len(hidden) > _LISTED else ""
            yield (
                f"Of {len(self._longest)} faces, the {PANELS} that are seen longest have a panel."
                f" The others: {listed}{more}."
            )


def _seconds(runs: Sequence[Sequence[Bin]]) -> float:
    return sum(item.seconds for item in itertools.chain.from_iterable(runs))


def _meets(axis: Axis, begin: float, end: float) -> bool:
    """Return whether a range has a part on an axis."""
    return begin < axis.end and end > axis.begin


def _short(seconds: float) -> str:
    """Write how long something lasts, to a tenth of a second unless it is shorter than one."""
    return clock(seconds if seconds < 1 else round(seconds, 1))
