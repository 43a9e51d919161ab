"""When the frames of a video are searched as a whole, and what their time stamps mean."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from mien.errors import SettingsError
from mien.perception.cuts import CutDetector

DETECT_EVERY = 5
"""A frame is searched as a whole at the latest after this many frames."""

MAX_SEARCH_GAP = 0.21
"""A whole frame is also searched at the latest after this many seconds, so that a new face is found
within 0.25 s at low frame rates too; five frames of a film, with 24 a second, take 0.208."""

USUAL_STEP = 1 / 30
"""Assumed seconds from one frame to the next, until two frames are known."""


class Clock:
    """Turns time stamps into times that always increase.

    Time goes on by the difference between the stamps of two frames. Where a stamp is not later than
    the one before, as in a damaged file or one put together from several, it goes on by the last
    difference that was above zero instead (at first `USUAL_STEP`).
    """

    def __init__(self) -> None:
        self._last: float | None = None
        self._step = USUAL_STEP
        self._shift = 0.0

    def at(self, stamp: float) -> float:
        """Return the time of the next frame, later than that of the frame before.

        Parameters
        ----------
        stamp
            The frame's own time stamp in seconds.

        Raises
        ------
        SettingsError
            If it is not a finite number.
        """
        if not math.isfinite(stamp):
            raise SettingsError(
                f"Expected the time of a frame in seconds, got {stamp!r}.",
                "Count the seconds from the first frame.",
                "time",
            )
        if self._last is not None:
            if stamp > self._last:
                self._step = stamp - self._last
            else:
                self._shift += self._last + self._step - stamp
        self._last = stamp
        return stamp + self._shift


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be done with a frame."""

    time: float
    """Its time in seconds, later than that of the frame before."""
    cut: bool
    """Whether a new scene begins with it."""
    full: bool
    """Whether it is to be searched as a whole, whatever is found around the last faces."""


class Schedule:
    """Says which frames are searched as a whole, from the frames alone and not from their faces.

    These are the first frame, the first of a new scene, and then every `every`-th one, or an
    earlier one if the next would be more than `MAX_SEARCH_GAP` after the last search.

    Parameters
    ----------
    every
        Frames from one search to the next.
    """

    def __init__(self, every: int = DETECT_EVERY) -> None:
        self._every = every
        self._clock = Clock()
        self._cuts = CutDetector()
        self._searched: float | None = None
        self._before = 0.0
        self._frames = 0

    def plan(self, image: NDArray[np.uint8], stamp: float) -> Plan:
        """Return what is to be done with the next frame.

        Parameters
        ----------
        image
            RGB, ``uint8 [H, W, 3]``.
        stamp
            Its time stamp in seconds.

        Raises
        ------
        SettingsError
            If the stamp is not a finite number.
        """
        time = self._clock.at(stamp)
        cut = self._cuts.is_cut(image)
        full = cut or self._is_due(time)
        self._frames += 1
        if full:
            self._searched, self._frames = time, 0
        self._before = time
        return Plan(time, cut, full)

    def _is_due(self, time: float) -> bool:
        if self._searched is None or self._frames + 1 >= self._every:
            return True
        following = time + (time - self._before)
        return following - self._searched > MAX_SEARCH_GAP + 1e-6
