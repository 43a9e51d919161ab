"""Gathers the frames of a clip for its timeline, and writes that."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien import files, marks
from mien.classes import Vocabulary
from mien.drawing.timeline.bins import Bins
from mien.drawing.timeline.page import Page
from mien.media.markers import Markers
from mien.media.summary import Summary
from mien.perception.picture import Picture


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
    >>> timeline = TimelineBuilder(mien.FER2013, "clip.mp4")
    >>> summary = SummaryBuilder("clip.mp4", "mien-s", mien.FER2013)
    >>> for frame in mien.Reader().watch("clip.mp4"):
    ...     timeline.add(frame)
    ...     summary.add(frame)
    >>> timeline.draw(summary.result()).shape
    (402, 1600, 3)
    """

    def __init__(
        self, vocabulary: Vocabulary, title: str, markers: Markers | None = None
    ) -> None:
        self._vocabulary = vocabulary
        self._title = title
        self._markers = Markers() if markers is None else markers
        self._bins = Bins(len(vocabulary))
        self._last: Picture | None = None
        self._time = 0.0

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
        if self._last is not None:
            self._bins.add(self._last.faces, self._time, time)
        self._last, self._time = picture, time

    def draw(self, summary: Summary) -> NDArray[np.uint8]:
        """Draw the timeline; no frame can be added afterwards.

        Parameters
        ----------
        summary
            The summary of the same frames: what stands above the panels, and when the last frame
            ends.

        Returns
        -------
        numpy.ndarray
            RGB ``uint8 [H, 1600, 3]``.
        """
        if self._last is not None:
            self._bins.add(self._last.faces, self._time, summary.end)
            self._last = None
        return Page(self._vocabulary, self._bins, self._markers, summary).draw(self._title)


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
