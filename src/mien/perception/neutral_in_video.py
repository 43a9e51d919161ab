"""Reads the faces of a video against their own neutral faces."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

from mien.errors import PictureError
from mien.models import ModelInfo
from mien.perception.adjustment import Adjustment, find_curve

if TYPE_CHECKING:
    # Its schema takes pydantic, which takes longer to import than a face to be read.
    from mien.perception.neutral import Neutral

VideoNeutral: TypeAlias = Union["Neutral", Mapping[int, "Neutral"]]
"""What the faces of a video are read against: one person's neutral face, or one for each
`Face.face_id`."""

KEPT = 10.0
"""Seconds for which the probabilities of a face are kept, to learn its neutral face from."""


@dataclasses.dataclass(frozen=True, eq=False)
class _Moment:
    """What the network read in a face at some time."""

    time: float
    face_id: int
    probabilities: NDArray[np.float32]


class Neutrals:
    """The neutral faces of one video's people; not shared between threads.

    Parameters
    ----------
    info
        The network's info.
    sensitivity
        As in `Reader`.
    neutral
        What the faces are read against from the start.
    """

    def __init__(
        self, info: ModelInfo, sensitivity: float | None, neutral: VideoNeutral | None
    ) -> None:
        self._info = info
        self._sensitivity = sensitivity
        self._adjustments: dict[int, Adjustment] = {}
        self._recent: deque[_Moment] = deque()
        self._one: Adjustment | None = None
        self._person: set[int] = set()
        self._others: set[int] = set()
        if isinstance(neutral, Mapping):
            for face_id, own in neutral.items():
                self.set(face_id, own)
        elif neutral is not None:
            self._one = Adjustment.of(neutral, info, sensitivity)

    @property
    def by_face(self) -> dict[int, Neutral]:
        """The neutral face of each `Face.face_id` that has one."""
        return {face_id: one.neutral for face_id, one in self._adjustments.items()}

    def set(self, face_id: int, neutral: Neutral | None) -> None:
        """Read a face against a neutral one from now on; against none if None.

        Raises
        ------
        NetError, SettingsError
            As by `Adjustment.of`.
        """
        if neutral is None:
            self._adjustments.pop(face_id, None)
            self._person.discard(face_id)
        else:
            self._adjustments[face_id] = Adjustment.of(neutral, self._info, self._sensitivity)

    def adjust(
        self, time: float, face_ids: Sequence[int], probabilities: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], list[bool | None]]:
        """Correct the probabilities of those faces of a frame that have a neutral face.

        Parameters
        ----------
        time
            The frame's time in seconds.
        face_ids
            The N faces of the frame.
        probabilities
            The network's own, ``float32 [N, K]``.

        Returns
        -------
        tuple
            The probabilities, and for each face whether it was read against a neutral one; None if
            nobody in the video has one.
        """
        self._keep(time, face_ids, probabilities)
        self._find_person(face_ids)
        if self._one is None and not self._adjustments:
            return probabilities, [None] * len(face_ids)
        changed = probabilities.copy()
        for place, face_id in enumerate(face_ids):
            if (adjustment := self._adjustments.get(face_id)) is not None:
                changed[place] = adjustment.apply(probabilities[place : place + 1])[0]
        return changed, [face_id in self._adjustments for face_id in face_ids]

    def learn(self, face_id: int, since: float) -> Neutral:
        """Learn a face's neutral face from what was read in it since a time.

        Raises
        ------
        PictureError
            If the face was not seen since then.
        NetError
            If the network has no constants for neutral faces.
        """
        from mien.perception.neutral import Neutral

        find_curve(self._info)
        rows = [
            one.probabilities for one in self._recent
            if one.face_id == face_id and one.time >= since
        ]
        if not rows:
            raise PictureError(f"Face {face_id} was not seen since {since:g} s.")
        return Neutral.of(self._info, np.stack(rows)).model_copy(
            update={"photos": 1, "spread": None}
        )

    def _keep(
        self, time: float, face_ids: Sequence[int], probabilities: NDArray[np.float32]
    ) -> None:
        while self._recent and self._recent[0].time < time - KEPT:
            self._recent.popleft()
        for face_id, row in zip(face_ids, probabilities, strict=True):
            self._recent.append(_Moment(time, face_id, row))

    def _find_person(self, face_ids: Sequence[int]) -> None:
        """Decide which face is the person's whose neutral face was given without a number.

        It is the face that is alone in its frame, and it stays that when others join it; these are
        then known to be others.
        """
        if self._one is None:
            return
        if len(face_ids) == 1 and face_ids[0] not in self._others:
            self._person.add(face_ids[0])
            self._adjustments.setdefault(face_ids[0], self._one)
        if self._person.intersection(face_ids):
            self._others.update(set(face_ids) - self._person)
