"""The axis of time of a timeline."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

from mien.clock import clock

_STEPS = (
    *(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(minutes * 60 for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440)),
)
"""Steps between ticks, in seconds, that are easy to count in."""

_ROOM = 100.0
"""Pixels between ticks, at least: the longest label and as much again."""


@dataclasses.dataclass(frozen=True)
class Axis:
    """Where times are, from left to right."""

    begin: float
    """Time at the left end, in seconds."""
    end: float
    """Time at the right end, in seconds."""
    left: float
    """Left end in pixels."""
    right: float
    """Right end in pixels."""

    def x(self, time: float) -> float:
        """Return where a time is; times outside are at the ends."""
        share = (time - self.begin) / max(self.end - self.begin, 1e-9)
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)

    def moved(self, left: float, scale: float) -> Axis:
        """Return the axis on a canvas that begins at `left` and is `scale` times as large."""
        ends = ((value - left) * scale for value in (self.left, self.right))
        return Axis(self.begin, self.end, *ends)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield where ticks are, in pixels, and what stands at them."""
        whole = max(self.end - self.begin, 1e-9)
        finest = whole * _ROOM / (self.right - self.left)
        step = next((step for step in _STEPS if step >= finest), None)
        step = step or math.ceil(finest / _STEPS[-1]) * _STEPS[-1]
        first = math.ceil(self.begin / step - 1e-9)
        last = math.floor(self.end / step + 1e-9)
        decimals = max(0, math.ceil(-math.log10(step)))
        for number in range(first, last + 1):
            yield self.x(number * step), clock(number * step, decimals)
