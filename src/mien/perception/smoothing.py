"""Smooths the probabilities of a face over time, and keeps its shown label from flickering.

`SECONDS` and `MARGIN` were chosen on sequences composed of photos: a person's neutral face of
JAFFE, Yale or London that turns into another one and back while head and light shake, as mien-s
reads it. Of the pairs that show 9 of 10 changes within about 0.4 s, theirs has the fewest
superfluous changes. benchmarks/tracking.py measures them on real clips.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from mien.errors import SettingsError

SECONDS = 0.15
"""Time constant of smoothing."""

MARGIN = 0.3
"""By how much another label's probability must exceed the shown one's to replace it at once."""

HOLD = 1.0
"""Seconds for which others must be likelier than the shown label for the likeliest to replace it,
by however little: a label does not stay for good because the next one leads by less."""

GAP = 0.5
"""The smoothing of a face begins again if it was not seen for longer than this many seconds, and
longer than the time constant."""


@dataclasses.dataclass(frozen=True, eq=False)
class Smoothed:
    """A face's probabilities after smoothing."""

    probabilities: NDArray[np.float32]
    """``float32 [K]``, summing to 1 as the raw ones do."""
    shown: int
    """Index of the class that is shown; not always the likeliest."""


@dataclasses.dataclass(eq=False)
class _State:
    """What is known of one face."""

    time: float
    probabilities: NDArray[np.float64]
    shown: int
    overtaken: float | None = None
    """Since when another class than the shown one is the likeliest."""


class Smoother:
    """Smooths each face's probabilities exponentially, by time; not shared between threads.

    A frame's probabilities count for the time since the frame before, so that nothing depends on
    the rate of the frames. The shown class changes if another leads by `MARGIN`, or has led
    for `HOLD`.

    Parameters
    ----------
    seconds
        Time constant: after a sudden change, so many seconds later 63% of it has come through.
        With 0, smoothing is off: the probabilities stay as they are, and the likeliest class is
        shown.

    Raises
    ------
    SettingsError
        If `seconds` is negative or not a number.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        if not 0 <= seconds < math.inf:
            raise SettingsError(
                f"Expected a time constant of smoothing in seconds, 0 or more, got {seconds}.",
                "Use 0 to switch smoothing off.",
                setting="smooth",
            )
        self.seconds = seconds
        self._states: dict[int, _State] = {}

    def update(self, face_id: int, time: float, probabilities: NDArray[np.float32]) -> Smoothed:
        """Return a face's probabilities in the next frame, smoothed.

        Parameters
        ----------
        face_id
            The face's number.
        time
            The frame's time in seconds. A time before that of the last frame counts as the same.
        probabilities
            ``float32 [K]``, as the network gives them.
        """
        if not self.seconds:
            return Smoothed(probabilities, int(probabilities.argmax()))
        state = self._states.get(face_id)
        if state is None or time - state.time > max(GAP, self.seconds):
            state = _State(time, probabilities.astype(np.float64), int(probabilities.argmax()))
            self._remember(face_id, state)
        else:
            passed = max(0.0, time - state.time)
            weight = -math.expm1(-passed / self.seconds)
            state.probabilities += weight * (probabilities - state.probabilities)
            state.time += passed
            _show(state)
        return Smoothed(state.probabilities.astype(np.float32), state.shown)

    def _remember(self, face_id: int, state: _State) -> None:
        """Keep a new face, and forget those that would begin again anyway."""
        oldest = state.time - max(GAP, self.seconds)
        self._states = {
            number: one for number, one in self._states.items() if one.time >= oldest
        }
        self._states[face_id] = state

    def cut(self) -> None:
        """Forget all faces, since a new shot begins."""
        self._states.clear()


def _show(state: _State) -> None:
    """Change the shown class if another is clearly likelier, or has been likelier for long."""
    best = int(state.probabilities.argmax())
    if best == state.shown:
        state.overtaken = None
        return
    if state.overtaken is None:
        state.overtaken = state.time
    lead = float(state.probabilities[best] - state.probabilities[state.shown])
    if lead > MARGIN or state.time - state.overtaken >= HOLD:
        state.shown, state.overtaken = best, None
