"""Smooths the probabilities of a face over time, and keeps its shown label from flickering."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from mien.errors import SettingsError

SECONDS = 0.2
"""Time constant of smoothing."""

MARGIN = 0.1
"""How much likelier than the shown label another must be to replace it."""

GAP = 0.5
"""If a face was not seen for more seconds, its smoothing begins again."""


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


class Smoother:
    """Smooths each face's probabilities exponentially, by time; not shared between threads.

    Parameters
    ----------
    seconds
        Time constant: after a sudden change, so many seconds later 63% of it is shown. With 0,
        smoothing is off: the probabilities stay as they are, and the likeliest class is shown.

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
            The frame's time in seconds.
        probabilities
            ``float32 [K]``, as the network gives them.
        """
        state = self._states.get(face_id)
        if not self.seconds or state is None or time - state.time > GAP:
            state = _State(time, probabilities.astype(np.float64), int(probabilities.argmax()))
            self._states[face_id] = state
            return Smoothed(probabilities.astype(np.float32), state.shown)
        weight = -math.expm1(-max(0.0, time - state.time) / self.seconds)
        state.probabilities += weight * (probabilities - state.probabilities)
        state.time = max(time, state.time)
        best = int(state.probabilities.argmax())
        if state.probabilities[best] - state.probabilities[state.shown] > MARGIN:
            state.shown = best
        return Smoothed(state.probabilities.astype(np.float32), state.shown)

    def cut(self) -> None:
        """Forget all faces, since a new shot begins."""
        self._states.clear()
