"""Draws a clip over time: what each face shows, with emoji, markers and gaps."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien import files, marks
from mien.classes import Vocabulary
from mien.clock import clock
from mien.drawing import timeline_lane, timeline_panel, timeline_ribbon
from mien.drawing.text import length, name_of, shortened, wrapped, write
from mien.drawing.timeline_axis import Axis
from mien.drawing.timeline_bins import Bin, Bins
from mien.drawing.timeline_legend import draw_legend, legend_height
from mien.media.events import EXCLUDE
from mien.media.markers import Markers
from mien.perception.picture import Picture
from mien.words import counted

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


class TimelineBuilder:
    """Gathers the frames of one clip, and draws them over time.

    Each face has a panel with the probability of each class. Above it a ribbon has the colour of
    the expression that is shown, and its emoji. Where the face is not seen the panel is gray. In a
    clip with more frames than fit, a line is their mean and the band around it goes from the least
    to the largest. Memory does not grow with the length of the clip.

    Parameters
    ----------
    vocabulary
        The network's classes.
    title
        Stands above it, such as the name of the clip.
    markers
        The events of the clip.

    Examples
    --------
    >>> builder = TimelineBuilder(mien.FER2013, "clip.mp4")
    >>> for frame in mien.Reader().watch("clip.mp4"):
    ...     builder.add(frame)
    >>> builder.draw().shape
    (402, 1600, 3)
    """

    def __init__(
        self, vocabulary: Vocabulary, title: str, markers: Markers | None = None
    ) -> None:
        self._vocabulary = vocabulary
        self._title = title
        self._markers = Markers() if markers is None else markers
        self._bins: Bins | None = None
        self._last: Picture | None = None
        self._begin = self._time = self._step = 0.0
        self._frames = 0
        self._network = ""

    def add(self, picture: Picture) -> None:
        """Add the next frame of the clip.

        Raises
        ------
        ValueError
            If it has no time, or an earlier one than the frame before.
        """
        time = picture.time
        if time is None or (self._last is not None and time < self._time):
            raise ValueError("a frame must have a time, not before that of the last one")
        if self._bins is None:
            self._bins, self._begin = Bins(len(self._vocabulary), time), time
        elif self._last is not None:
            self._bins.add(self._last, self._time, time, self._last.marker == EXCLUDE)
            self._step = time - self._time
        self._last, self._time = picture, time
        self._frames += 1
        self._network = picture.network

    def draw(self, end: float | None = None) -> NDArray[np.uint8]:
        """Draw the timeline; no frame can be added afterwards.

        Parameters
        ----------
        end
            When the last frame ends, in seconds; if None, it is shown as long as the one before.

        Returns
        -------
        numpy.ndarray
            RGB ``uint8 [H, WIDTH, 3]``.
        """
        stop = self._time + self._step if end is None else max(end, self._time)
        if self._bins is None:
            self._bins = Bins(len(self._vocabulary), 0.0)
        if self._last is not None:
            self._bins.add(self._last, self._time, stop, self._last.marker == EXCLUDE)
            self._last = None
        axis = Axis(self._begin, stop, _LEFT, WIDTH - _RIGHT)
        return _Page(self._vocabulary, self._bins, axis, self._markers).draw(
            self._title, f"{counted(self._frames, 'frame')}, read by {self._network}"
        )


class _Page:
    """A timeline while it is drawn, from top to bottom."""

    def __init__(
        self, vocabulary: Vocabulary, bins: Bins, axis: Axis, markers: Markers
    ) -> None:
        self._vocabulary = vocabulary
        self._axis = axis
        self._bins = bins
        runs = {face_id: bins.runs(face_id) for face_id in bins.faces}
        self._longest = sorted(runs, key=lambda face_id: (-_seconds(runs[face_id]), face_id))
        self._runs = runs
        self._ranges = [item for item in markers.ranges() if _meets(axis, item[0], item[1])]
        self._excluded = [item for item in markers.excluded_ranges() if _meets(axis, *item)]

    def draw(self, title: str, about: str) -> NDArray[np.uint8]:
        """Draw it, and return RGB ``uint8 [H, WIDTH, 3]``."""
        shown = sorted(self._longest[:PANELS])
        notes = [line for note in self._notes() for line in wrapped(note, self._room, 15)]
        height = self._height(len(shown), len(notes))
        picture = Image.new("RGB", (WIDTH, height), _PAPER)
        y = self._draw_title(picture, title, about)
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
        lanes = bool(self._ranges) + bool(self._excluded)
        above_panel = _HEADING + timeline_ribbon.HEIGHT + 4 if panels else 0
        panel = above_panel + timeline_panel.HEIGHT + _GAP
        legend = legend_height(self._room, self._vocabulary, bool(self._excluded))
        above = _TOP + 62 + legend + lanes * timeline_lane.HEIGHT
        return above + max(1, panels) * panel - _GAP + _AXIS + notes * _LINE + _BOTTOM

    def _draw_title(self, picture: Image.Image, title: str, about: str) -> int:
        """Write what the clip is, and return where the next part begins."""
        write(picture, (_LEFT, _TOP), shortened(title, self._room, 24), 24, _INK)
        lasts = clock(self._axis.end - self._axis.begin)
        faces = counted(len(self._runs), "face") if self._runs else "no face"
        write(picture, (_LEFT, _TOP + 32), f"{lasts}, {about}, {faces}", 15, _FAINT)
        return _TOP + 62

    def _draw_lanes(self, picture: Image.Image, y: int) -> int:
        """Draw markers and excluded ranges, and return where the next part begins."""
        if self._ranges:
            timeline_lane.draw_markers(picture, y, self._axis, self._ranges)
            write(picture, (_LEFT - 10, y + 9.5), "marker", 14, _FAINT, "rm")
            y += timeline_lane.HEIGHT
        if self._excluded:
            timeline_lane.draw_excluded(picture, y, self._axis, self._excluded)
            y += timeline_lane.HEIGHT
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
        timeline_ribbon.draw_ribbon(picture, y, self._axis, runs, self._vocabulary)
        y += timeline_ribbon.HEIGHT + 4
        self._draw_panel(picture, y, runs)
        return y + timeline_panel.HEIGHT + _GAP

    def _draw_empty(self, picture: Image.Image, y: int) -> int:
        """Draw a panel that says that there is nothing to see."""
        self._draw_panel(picture, y, [])
        spot = ((self._axis.left + self._axis.right) / 2, y + timeline_panel.HEIGHT / 4)
        write(picture, spot, "No face was seen.", 18, _FAINT, "mm")
        return y + timeline_panel.HEIGHT + _GAP

    def _draw_panel(self, picture: Image.Image, y: int, runs: Sequence[Sequence[Bin]]) -> None:
        """Draw a panel and the numbers beside it."""
        times = [begin for begin, _, _ in self._ranges if begin > self._axis.begin]
        panel = timeline_panel.draw_panel(
            self._axis, runs, self._vocabulary, times, self._excluded
        )
        picture.paste(Image.fromarray(panel), (_LEFT, y))
        for share in (0.0, 0.5, 1.0):
            spot = (_LEFT - 10, y + timeline_panel.height_of(share))
            write(picture, spot, f"{share:.0%}", 14, _FAINT, "rm")

    def _draw_times(self, picture: Image.Image, y: int) -> None:
        """Write the times below the last panel."""
        for x, label in self._axis.ticks():
            half = length(label, 14) / 2
            middle = min(max(x, half + 4), WIDTH - half - 4)
            write(picture, (middle, y + 7), label, 14, _FAINT, "ma")

    def _about(self, face_id: int) -> str:
        """Say how long a face is seen, and what it shows most, excluded time aside."""
        totals = self._bins.totals.get(face_id, np.zeros(1))
        seconds = float(totals.sum())
        if not seconds:
            return "seen for a moment, or in excluded time alone"
        shares = totals / seconds
        names = [*(name_of(expression) for expression in self._vocabulary), "unsure"]
        often = [number for number in np.argsort(-shares).tolist() if shares[number] >= 0.01]
        listed = ", ".join(f"{names[number]} {shares[number]:.0%}" for number in often[:4])
        aside = ", excluded time aside" if self._excluded else ""
        seen, whole = (clock(round(value, 1)) for value in (seconds, self._bins.seconds))
        return f"seen {seen} of {whole}{aside}: {listed}"

    def _notes(self) -> Iterator[str]:
        """Yield sentences on what has no room."""
        hidden = self._longest[PANELS:]
        if hidden:
            listed = ", ".join(
                f"face {face_id} ({clock(round(_seconds(self._runs[face_id]), 1))})"
                for face_id in hidden[:_LISTED]
            )
            more = f" and {len(hidden) - _LISTED} more" if len(hidden) > _LISTED else ""
            yield (
                f"The {PANELS} faces that are seen longest have a panel, of {len(self._longest)}."
                f" Without one: {listed}{more}."
            )


def write_timeline(
    path: Path,
    timeline: NDArray[np.uint8],
    fix: str = files.ELSEWHERE,
    setting: str | None = None,
    comment: bytes = b"",
) -> None:
    """Write a timeline as PNG, completely or not at all, marked so that it is never read again.

    Parameters
    ----------
    path, fix, setting
        As for `mien.files.replace`.
    timeline
        RGB, ``uint8 [H, W, 3]``.
    comment
        Text to store in the file.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from PIL.PngImagePlugin import PngInfo

    info, data = PngInfo(), io.BytesIO()
    info.add_text(*marks.TIMELINE)
    if comment:
        info.add_text("Comment", comment.decode())
    Image.fromarray(timeline).save(data, "PNG", pnginfo=info)
    files.write(path, data.getvalue(), fix, setting)


def _seconds(runs: Sequence[Sequence[Bin]]) -> float:
    return sum(item.seconds for item in itertools.chain.from_iterable(runs))


def _meets(axis: Axis, begin: float, end: float) -> bool:
    """Return whether a range has a part on an axis."""
    return begin < axis.end and end > axis.begin
