"""Which frames of a clip are read."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mien.errors import SettingsError

_NEAR = 1e-6  # of the distance between chosen frames, by which stamps are rounded


@dataclass(frozen=True)
class Selection:
    """Which frames of a clip are read; see `VideoReader`.

    Which frames `every` and `fps` choose depends on the numbers and times of frames alone, so
    reading a part of a clip gives the frames that reading all of it gives for that part.

    Raises
    ------
    SettingsError
        If a value is out of range.
    """

    start: float | None = None
    end: float | None = None
    every: int = 1
    fps: float | None = None

    def __post_init__(self) -> None:
        self._check_span()
        if self.every < 1:
            raise SettingsError(
                f"Expected every to be 1 or more, got {self.every}.",
                "1 reads every frame.",
                "every",
            )
        if self.fps is not None and not 0 < self.fps < math.inf:
            raise SettingsError(
                f"Expected fps to be above 0, got {self.fps:g}.",
                "Leave it out to read all frames.",
                "fps",
            )

    def is_early(self, time: float) -> bool:
        """Return whether a frame is before the start."""
        return self.start is not None and time < self.start

    def is_late(self, time: float) -> bool:
        """Return whether a frame is at or after the end."""
        return self.end is not None and time >= self.end

    def counts(self, index: int) -> bool:
        """Return whether a frame is one of those from which `fps` chooses, by its number."""
        return index % self.every == 0

    def takes(self, time: float, before: float) -> bool:
        """Return whether a frame that counts is read.

        Parameters
        ----------
        time
            Its time in seconds.
        before
            Time of the last frame before it that counts; minus infinity for the first of the clip.
        """
        if self.is_early(time) or self.is_late(time):
            return False
        return self.fps is None or self._cell(time) > self._cell(before)

    @property
    def lead(self) -> int:
        """How many frames before the first that is read must be known to choose it."""
        return 0 if self.fps is None else self.every

    def _cell(self, time: float) -> float:
        """Return the number of the last multiple of ``1 / fps`` up to a time."""
        assert self.fps is not None
        return math.floor(time * self.fps + _NEAR) if math.isfinite(time) else time

    def _check_span(self) -> None:
        for name, value in (("start", self.start), ("end", self.end)):
            if value is not None and not math.isfinite(value):
                raise SettingsError(
                    f"Expected {name} to be a number of seconds, got {value:g}.",
                    "Leave it out to read all frames.",
                    name,
                )
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise SettingsError(
                f"Expected end to be after start, got {self.start:g} to {self.end:g} seconds.",
                "Frames from the start on are read, up to the one before the end.",
                "end",
            )
