"""Reads the faces of a video against their own neutral faces."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

from mien.errors import PictureError, SettingsError
from mien.models import ModelInfo
from mien.perception.adjustment import Adjustment, find_curve
from mien.perception.neutral_frames import Auto, Learner, Range, learn

if TYPE_CHECKING:
    # Its schema takes pydantic, which takes longer to import than a face to be read.
    from mien.perception.neutral import Neutral

VideoNeutral: TypeAlias = Union[
    "Neutral", Mapping[int, "Neutral"], tuple[float, float], Literal["auto"]
]
"""What the faces of a video are read against: one person's neutral face; one for each
`Face.face_id`; the time range in seconds, begin and end, in which faces show their own; or
``"auto"``, learnt from the frames in which a face is most likely neutral."""

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
        As in `Reader`; None takes the network's own, but 0 for what ``"auto"`` learns, which may
        not be neutral.
    neutral
        What the faces are read against.
    learnt
        What a time range or ``"auto"`` gave in a first pass over the video, by `Face.face_id`;
        None to learn it on the way, and read against it from then on.

    Raises
    ------
    NetError, SettingsError
        As by `Adjustment.of`, or if `neutral` is something else.
    """

    def __init__(
        self,
        info: ModelInfo,
        sensitivity: float | None,
        neutral: VideoNeutral | None,
        learnt: Mapping[int, Neutral] | None = None,
    ) -> None:
        self._info = info
        self._sensitivity = sensitivity
        self._adjustments: dict[int, Adjustment] = {}
        self._recent: deque[_Moment] = deque()
        self._for_person: Adjustment | None = None
        self._strangers: set[int] = set()
        self._learner: Learner | None = None
        self._given = neutral is not None
        given: Mapping[int, Neutral] = {}
        if isinstance(neutral, Mapping):
            given = neutral
        elif isinstance(neutral, tuple | str):
            self._learner = learner(info, neutral) if learnt is None else None
            given = learnt or {}
        elif neutral is not None:
            self._for_person = Adjustment.of(neutral, info, sensitivity)
        if neutral == "auto" and sensitivity is None:
            self._sensitivity = 0.0
        for face_id, own in given.items():
            self.set(face_id, own)

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
            return
        self._adjustments[face_id] = Adjustment.of(neutral, self._info, self._sensitivity)
        self._given = True

    def adjust(
        self, time: float, face_ids: Sequence[int], probabilities: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], list[bool | None]]:
        """Correct the probabilities of those faces of a frame that have a neutral face.

        Parameters
        ----------
        time
            The frame's time stamp in seconds.
        face_ids
            The N faces of the frame.
        probabilities
            The network's own, ``float32 [N, K]``.

        Returns
        -------
        tuple
            The probabilities, and for each face whether it was read against a neutral one; None if
            there was never any.
        """
        self._keep(time, face_ids, probabilities)
        self._learn(time, face_ids, probabilities)
        self._find_person(face_ids)
        if not self._given:
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
            If the face was not seen since then, or is clearly not neutral.
        NetError
            If the network has no constants for neutral faces.
        """
        find_curve(self._info)
        rows = [
            one.probabilities for one in self._recent
            if one.face_id == face_id and one.time >= since
        ]
        if not rows:
            raise PictureError(
                f"Face {face_id} was not seen since {since:g} s.",
                "Name a face that is seen now, and look at the camera for a moment.",
            )
        return learn(self._info, f"Face {face_id}", np.stack(rows))

    def _keep(
        self, time: float, face_ids: Sequence[int], probabilities: NDArray[np.float32]
    ) -> None:
        """Keep what was read for `learn`."""
        while self._recent and self._recent[0].time < time - KEPT:
            self._recent.popleft()
        for face_id, row in zip(face_ids, probabilities, strict=True):
            self._recent.append(_Moment(time, face_id, row))

    def _learn(
        self, time: float, face_ids: Sequence[int], probabilities: NDArray[np.float32]
    ) -> None:
        """Learn on the way, and read against what was learnt from now on."""
        if self._learner is None:
            return
        self._learner.add(time, face_ids, probabilities)
        for face_id in face_ids:
            if face_id not in self._adjustments and self._learner.is_complete(face_id, time):
                neutral = self._learner.neutral(face_id)
                if neutral is not None:
                    self.set(face_id, neutral)

    def _find_person(self, face_ids: Sequence[int]) -> None:
        """Decide which face is the person's whose neutral face was given without a number.

        As in a photo, it is the face that is alone in its frame. It stays that when others join
        it; these are then known to be others, and are not taken for it when they are alone.
        """
        if self._for_person is None:
            return
        if len(face_ids) == 1 and face_ids[0] not in self._strangers:
            self._adjustments.setdefault(face_ids[0], self._for_person)
        elif any(face_id in self._adjustments for face_id in face_ids):
            self._strangers.update(set(face_ids) - set(self._adjustments))


def learner(info: ModelInfo, neutral: tuple[float, float] | str) -> Learner:
    """Return what learns the neutral faces that a time range or ``"auto"`` asks for.

    Raises
    ------
    NetError
        If the network has no constants for neutral faces.
    SettingsError
        If it is another text, or not a range of time.
    """
    find_curve(info)
    if neutral == "auto":
        return Auto(info)
    if isinstance(neutral, tuple) and len(neutral) == 2 and neutral[0] < neutral[1]:
        return Range(info, *neutral)
    raise SettingsError(
        "Expected a neutral face, one for each face's number, begin and end of a time range in"
        f" seconds, or 'auto', got {neutral!r:.80}.",
        "A range is (2.0, 5.0): its end comes after its begin.",
        "neutral",
    )
