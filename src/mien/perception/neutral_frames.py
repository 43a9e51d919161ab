"""Learns a person's neutral face from frames of a video."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mien.errors import PictureError
from mien.models import ModelInfo
from mien.perception.adjustment import NEUTRAL, log_probabilities
from mien.perception.neutral_photos import judge

if TYPE_CHECKING:
    from mien.perception.neutral import Neutral

LIKELY = 0.6
"""``"auto"`` learns from the frames in which neutral has at least this probability. Of thresholds
from 0.3 to 0.8, this is the lowest at which no accuracy falls for mien-s and mien-b when each
person of JAFFE, Yale and London is taken for a track: with all photos, only the neutral ones, or
only the others (benchmarks/video.py)."""

LEAST = 1.0
"""Seconds of such frames without which ``"auto"`` has no effect on a face. A judgement: an
expression passes through a neutral-looking moment in less."""

ENOUGH = 3.0
"""Seconds of such frames after which ``"auto"`` is done with a face that is seen live."""

LONGEST_STEP = 0.25
"""A frame stands for the time since the one before, but for no more seconds than this."""


def learn(info: ModelInfo, name: str, probabilities: NDArray[np.float32]) -> Neutral:
    """Learn a neutral face from several frames of one face.

    Frames of one moment show one face in one light and one pose: however many they are, they count
    as one photo, whose log-probabilities are the frames' mean.

    Parameters
    ----------
    info
        The network's info.
    name
        What messages call the face.
    probabilities
        The network's own, ``float32 [N, K]``, at least one row.

    Raises
    ------
    PictureError
        If the face is clearly not neutral.
    """
    from mien.perception.neutral import Neutral

    mean = np.exp(log_probabilities(probabilities).mean(axis=0))
    row = (mean / mean.sum()).astype(np.float32)
    doubts = tuple(judge(info, name, row))
    return Neutral.of(info, row[None]).model_copy(update={"doubts": doubts})


@dataclasses.dataclass(eq=False)
class _Sum:
    """What was read in one face."""

    logs: NDArray[np.float64]
    """Sum of the log-probabilities, ``float64 [K]``."""
    frames: int = 0
    seconds: float = 0.0


class Learner(abc.ABC):
    """Learns the neutral face of each face of a video, in constant memory for each.

    Parameters
    ----------
    info
        The network's info.
    """

    def __init__(self, info: ModelInfo) -> None:
        self.info = info
        self.refused: dict[int, PictureError] = {}
        """The faces that were not learnt, and why."""
        self._sums: dict[int, _Sum] = {}
        self._time: float | None = None

    @abc.abstractmethod
    def is_used(self, time: float, probabilities: NDArray[np.float32]) -> bool:
        """Return whether a frame of a face is learnt from."""

    @abc.abstractmethod
    def is_complete(self, face_id: int, time: float) -> bool:
        """Return whether a face that is seen live can be read against what was learnt."""

    @abc.abstractmethod
    def is_over(self, time: float) -> bool:
        """Return whether nothing more is learnt from this time on."""

    def add(
        self, time: float, face_ids: Sequence[int], probabilities: NDArray[np.float32]
    ) -> None:
        """Learn from a frame.

        Parameters
        ----------
        time
            Its time stamp in seconds.
        face_ids, probabilities
            Its N faces, and the network's own probabilities, ``float32 [N, K]``.
        """
        step = 0.0 if self._time is None else min(max(0.0, time - self._time), LONGEST_STEP)
        self._time = time
        logs = log_probabilities(probabilities)
        for face_id, row, log in zip(face_ids, probabilities, logs, strict=True):
            if self.is_used(time, row):
                total = self._sums.setdefault(face_id, _Sum(np.zeros(len(row))))
                total.logs += log
                total.frames += 1
                total.seconds += step

    def neutral(self, face_id: int) -> Neutral | None:
        """Return a face's neutral face; None if there is too little of it, or it is refused."""
        total = self._sums.get(face_id)
        if total is None or total.seconds < self.least or face_id in self.refused:
            return None
        row = np.exp(total.logs / total.frames).astype(np.float32)
        try:
            return learn(self.info, f"Face {face_id}", row[None])
        except PictureError as error:
            self.refused[face_id] = error
            return None

    @property
    def least(self) -> float:
        """Seconds that a face must be seen."""
        return 0.0

    def neutrals(self) -> dict[int, Neutral]:
        """Return the neutral face of each face that has one."""
        pairs = ((face_id, self.neutral(face_id)) for face_id in self._sums)
        return {face_id: neutral for face_id, neutral in pairs if neutral is not None}


class Range(Learner):
    """Learns from the frames of a time range, in which all faces in view are at rest.

    Parameters
    ----------
    info
        The network's info.
    begin, end
        Time stamps in seconds; the frame at `end` is not used.
    """

    def __init__(self, info: ModelInfo, begin: float, end: float) -> None:
        super().__init__(info)
        self.begin, self.end = begin, end

    def is_used(self, time: float, probabilities: NDArray[np.float32]) -> bool:
        """Return whether the frame lies in the range."""
        return self.begin <= time < self.end

    def is_complete(self, face_id: int, time: float) -> bool:
        """Return whether the range is over."""
        return self.is_over(time)

    def is_over(self, time: float) -> bool:
        """Return whether the range is over."""
        return time >= self.end

    def neutrals(self) -> dict[int, Neutral]:
        """Return the neutral face of each face that is in view in the range.

        Raises
        ------
        PictureError
            If there is no face, or all are clearly not neutral.
        """
        learnt = super().neutrals()
        if not learnt:
            why = " ".join(error.problem for error in self.refused.values())
            raise PictureError(
                f"No neutral face could be learnt from {self.begin:g} to {self.end:g} s:"
                f" {why or 'there is no face.'}",
                "Choose a range of what is read in which the face is seen at rest.",
                "neutral",
            )
        return learnt


class Auto(Learner):
    """Learns from the frames in which a face is likely neutral; without enough, not at all."""

    def __init__(self, info: ModelInfo) -> None:
        super().__init__(info)
        self._place = info.classes.names.index(NEUTRAL)

    @property
    def least(self) -> float:
        """Seconds of such frames without which there is no effect."""
        return LEAST

    def is_used(self, time: float, probabilities: NDArray[np.float32]) -> bool:
        """Return whether the face is likely neutral."""
        return bool(probabilities[self._place] >= LIKELY)

    def is_complete(self, face_id: int, time: float) -> bool:
        """Return whether the face was neutral for long enough."""
        total = self._sums.get(face_id)
        return total is not None and total.seconds >= ENOUGH

    def is_over(self, time: float) -> bool:
        """Return False: the whole video is learnt from."""
        return False
