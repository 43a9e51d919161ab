"""Follows faces from frame to frame, looking only around where they were last."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.perception.candidate import Candidate, same_place
from mien.perception.detector import MIN_SCORE, Detection, to_detection
from mien.perception.looks import View, look_closely
from mien.perception.schedule import Plan
from mien.perception.steps import Steps
from mien.perception.yunet import Yunet

FACE_SIDE = 55
"""Side in pixels to which a face is scaled when its surroundings are looked at: its cell of 96
pixels takes YuNet half as long as one of 128, and on London's photos, pasted at four sizes, boxes
agree with those of whole searches as well (a mean overlap of 0.93)."""

MAX_SIDE = 1280
"""Longer frames are shrunk to this many pixels to be searched, where `mien.perception.looks` lets
photos have 2000. In 1080p, faces from 15 pixels are still found; smaller ones are too small to be
read anyway (`mien.perception.doubts.SMALL`)."""

MIN_FOLLOWED_SCORE = 0.5
"""A face whose score around its last place is lower than this is lost. Of London's faces with the
lower 60% covered, 90% score more; of places without a face in scikit-image's pictures, 0.8%."""

MIN_FAINT_SCORE = 0.2
"""A detection of a search with at least this score is a face if one was lost near it."""

MAX_MOVE = 2.0
"""How far a lost face may have moved, in sizes of the face."""

MIN_AREA_RATIO = 0.5
"""Of two boxes of one face, the smaller has at least this share of the other's area."""

Search = Callable[[], list[Detection]]
"""Searches the whole frame."""


class Follower:
    """Finds the faces of one video's frames in turn; not shared between threads.

    Between two searches of whole frames, each face is looked for around its last box. If one is
    lost there, the whole frame is searched after all. In a frame that is searched, a face that the
    search misses is kept as long as it is seen around its last box.

    Parameters
    ----------
    min_face
        Shorter side in pixels of the smallest face.
    min_score
        A detection with a lower score is not a face, unless one was lost near it.
    """

    def __init__(self, min_face: float, min_score: float = MIN_SCORE) -> None:
        self._yunet = Yunet(1)
        self._min_score = min_score
        self._min_face = min_face
        self._last: tuple[Detection, ...] = ()

    def find(
        self, image: NDArray[np.uint8], plan: Plan, search: Search
    ) -> tuple[tuple[Detection, ...], bool]:
        """Return the faces of the next frame, and whether the whole of it was searched.

        Parameters
        ----------
        image
            RGB, ``uint8 [H, W, 3]``.
        plan
            What is to be done with it.
        search
            Called if the whole frame has to be searched.
        """
        before = () if plan.cut else self._last
        followed = self._follow(image, before)
        full = plan.full or len(followed) < len(before)
        self._last = tuple(self._searched(search(), followed, before) if full else followed)
        return self._last, full

    def _searched(
        self,
        searched: Sequence[Detection],
        followed: Sequence[Detection],
        before: Sequence[Detection],
    ) -> list[Detection]:
        """Return the faces of a search and those followed, and what may be the lost ones."""
        faces = _merged([one for one in searched if one.score >= self._min_score], followed)
        faint = [one for one in searched if one.score < self._min_score]
        lost = [one for one in before if not any(_may_be(one, face) for face in faces)]
        likely = [one for one in faint if any(_may_be(last, one) for last in lost)]
        likely.sort(key=lambda one: -one.score)
        return _merged(faces, likely[: len(lost)])

    def resume(self, detections: Sequence[Detection]) -> None:
        """Go on after a frame in which these faces are known to be."""
        self._last = tuple(detections)

    def _follow(
        self, image: NDArray[np.uint8], before: Sequence[Detection]
    ) -> list[Detection]:
        """Return those of the last faces that are still seen around their places."""
        looks = [(self._look(image, one), one) for one in before]
        seen = [
            (look, one) for look, one in looks
            if look is not None and look.score >= MIN_FOLLOWED_SCORE
        ]
        seen.sort(key=lambda pair: -pair[0].score)
        kept: list[Candidate] = []
        faces = []
        for look, last in seen:
            face = to_detection(look, last.doubt, image.shape)
            twice = any(same_place(look, other) for other in kept)
            if not twice and min(face.box[2:]) >= self._min_face:
                kept.append(look)
                faces.append(face)
        return faces

    def _look(self, image: NDArray[np.uint8], last: Detection) -> Candidate | None:
        """Look for a face around its last place.

        Of a large face, which is shrunk anyway, only every nth pixel is looked at.
        """
        place = candidate_at(last)
        step = max(1, int(place.side / (2 * FACE_SIDE)))
        shift = step // 2 + 0.5 - step / 2
        forth = np.array([[1 / step, 0, -shift / step], [0, 1 / step, -shift / step]])
        back = np.array([[step, 0, shift], [0, step, shift]], np.float64)
        sampled = image[step // 2 :: step, step // 2 :: step]
        view = View(place.mapped(forth), last.angle)
        look = look_closely(self._yunet, sampled, [view], FACE_SIDE)[0]
        return look.mapped(back) if look else None


def search(reader: Steps, image: NDArray[np.uint8], min_face: float) -> list[Detection]:
    """Find the faces of a whole frame, and what may be one; longer frames are shrunk to `MAX_SIDE`.

    Parameters
    ----------
    reader
        Finds them.
    image
        RGB, ``uint8 [H, W, 3]``.
    min_face
        Shorter side in pixels of the smallest face.
    """
    scale = max(image.shape[:2]) / MAX_SIDE
    if scale <= 1:
        return reader.find(image, MIN_FAINT_SCORE)
    size = round(image.shape[1] / scale), round(image.shape[0] / scale)
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    across, down = image.shape[1] / size[0], image.shape[0] / size[1]
    faces = [_enlarged(one, across, down) for one in reader.find(small, MIN_FAINT_SCORE)]
    return [one for one in faces if min(one.box[2:]) >= min_face]


def _enlarged(face: Detection, across: float, down: float) -> Detection:
    left, top, width, height = face.box
    return dataclasses.replace(
        face,
        box=(left * across, top * down, width * across, height * down),
        landmarks=(face.landmarks * [across, down]).astype(np.float32),
    )


def candidate_at(detection: Detection) -> Candidate:
    """Return a face as a place to look at: a square as large as its box."""
    left, top, width, height = detection.box
    side = max(1.0, math.sqrt(width * height))
    frame = (left + (width - side) / 2, top + (height - side) / 2, side, side)
    return Candidate(frame, detection.landmarks.astype(np.float64), detection.score)


def _may_be(last: Detection, now: Detection) -> bool:
    """Return whether a face may have moved to another box."""
    here, there = candidate_at(last), candidate_at(now)
    smaller, larger = sorted([here.side, there.side])
    distance = float(np.hypot(*(here.middle - there.middle)))
    return smaller**2 >= MIN_AREA_RATIO * larger**2 and distance <= MAX_MOVE * larger


def _merged(searched: Sequence[Detection], followed: Sequence[Detection]) -> list[Detection]:
    """Add to the faces of a search those that were followed and that it does not have."""
    found = [candidate_at(one) for one in searched]
    missed = [
        one for one in followed
        if not any(same_place(candidate_at(one), other) for other in found)
    ]
    return [*searched, *missed]
