"""Finds the faces in a picture, whichever way is up.

The scores below were chosen on the faces of JAFFE, Yale, London and FER-2013 and on pictures
without people; the limits of cost (`TESTED`, `MOST_FAINT`, `MOST`) while watching the photos of
benchmarks/detection.py, which measures the whole.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien.cores import usable_cores
from mien.errors import PictureError
from mien.perception.candidate import Candidate, distinct, same_place, wrapped
from mien.perception.judge import LIKELY, Judge, Verdict
from mien.perception.looks import look_at_square, look_at_whole, small_square
from mien.perception.yunet import FAINT, Yunet

MIN_SCORE = 0.7
"""Minimum score of YuNet for a face. A lower one takes more patches and shadows for faces; a higher
one loses faces of FER-2013."""

MIN_FACE = 10
"""Shorter side in pixels of the smallest face that YuNet finds."""

MAX_FACES = 2000
"""A picture with more faces is refused unless asked for: each takes time to read, and room in the
answer."""

CLEAR = 0.93
"""A face with at least this score is certainly one, and upright."""

TESTED = 2
"""If no face is clear, this many of the best are examined before the others are trusted."""

FAINT_BESIDE_CLEAR = 0.55
"""Minimum score of what may be a turned face in a picture that has an upright one; in other
pictures it is `FAINT`."""

MOST_FAINT = 3
"""At most this many faint candidates are examined, the best first."""

LENIENCE = 0.1
"""How far below the minimum score a face may be in a picture that was shrunk to see which way is
up; the full-size turned picture decides."""

ASKEW = 15.0
"""Degrees by which a close look may be wrong about a face's turn."""

ASKEW_LOSS = 0.1
"""How much lower a tilted face may score in the close look than in the whole turned picture."""

MOST = 100
"""At most this many candidates are examined, besides faint ones."""


@dataclasses.dataclass(frozen=True, eq=False)
class Detection:
    """One face that was found."""

    box: tuple[float, float, float, float]
    """Left, top, width and height in pixels, inside the picture."""
    landmarks: NDArray[np.float32]
    """``float32 [5, 2]``: x and y in pixels of the person's right eye, left eye, nose tip,
    right and left mouth corner; they may lie outside the picture."""
    score: float
    """How face-like it is, 0 to 1."""
    angle: float = 0.0
    """How far the face is turned in the picture: degrees clockwise, over -180 to 180."""
    doubt: Literal["turned"] | None = None
    """``"turned"`` if which way is up is not certain."""


class FaceFinder:
    """Finds faces with YuNet (Wu, Peng and Yu 2023); may be shared between threads.

    Parameters
    ----------
    min_score
        Minimum score of a face, 0 to 1.
    min_face
        Shorter side in pixels of the smallest face.
    threads
        Threads for one picture; one for each processor that this process may use if None. If
        there are several, one more helps at the beginning.

    Raises
    ------
    NetError
        If YuNet's file is not installed.
    """

    def __init__(
        self,
        min_score: float = MIN_SCORE,
        min_face: float = MIN_FACE,
        threads: int | None = None,
    ) -> None:
        self.min_score = min_score
        self.min_face = min_face
        self._yunet = Yunet(threads)
        self._helped = (threads or usable_cores()) > 1

    def find(self, image: NDArray[np.uint8], faint: float | None = None) -> list[Detection]:
        """Find the faces of a picture, the most certain first.

        The picture is searched as it is. What is not clearly an upright face is examined closely,
        in several sizes and turned; if most faces are turned one way, the picture is turned and
        searched again.

        Parameters
        ----------
        image
            RGB, ``uint8 [H, W, 3]``.
        faint
            Return also, after the faces, what may be one: whatever else has at least this score,
            unexamined, with a score below the minimum. `mien.perception.tracks.Tracker` tells
            which of these go on with a face of the frame before. They cost no time.

        Raises
        ------
        PictureError
            If the image has another shape or type.
        """
        check_rgb(image)
        candidates = look_at_whole(self._yunet, image, self._helped)
        verdicts = self._faces(image, candidates)
        quarters = self._quarters(image, verdicts)
        if quarters:
            turned = turn_back(image, quarters)
            forth = quarter_turns(quarters, turned.shape)
            again = [
                dataclasses.replace(one, candidate=one.candidate.mapped(forth))
                for one in self._faces(turned, look_at_whole(self._yunet, turned, self._helped))
            ]
            verdicts = _merged(verdicts, again)
        detections = self._detections(verdicts, image.shape)
        if faint is None:
            return detections
        others = [one for one in _not_in(candidates, verdicts) if one.score >= faint]
        return [*detections, *self._doubtful(others, image.shape)]

    def _doubtful(
        self, candidates: Sequence[Candidate], shape: tuple[int, ...]
    ) -> list[Detection]:
        """Return what may be faces; what looked like one, but not closely, scores a little less."""
        below = float(np.nextafter(self.min_score, 0))
        detections = [to_detection(one, None, shape) for one in candidates]
        return [
            dataclasses.replace(one, score=min(one.score, below)) for one in detections
            if min(one.box[2:]) >= self.min_face
        ]

    def _quarters(self, image: NDArray[np.uint8], verdicts: Sequence[Verdict]) -> int:
        """Return by how many right angles, clockwise, the picture seems to be turned."""
        if verdicts:
            return _prevailing(verdicts)
        square = small_square(image)
        scores = [0.0, *(self._score(turn_back(square, quarters)) for quarters in (1, 2, 3))]
        return int(np.argmax(scores))

    def _score(self, square: NDArray[np.uint8]) -> float:
        """Return the score of the best upright face in a small picture; 0 if there is none."""
        seen = look_at_square(self._yunet, square)
        bright = [one for one in seen if one.score >= self.min_score]
        judge = Judge(self._yunet, square, self.min_score - LENIENCE)
        faces = judge.faces(bright[:TESTED])
        upright = [one.candidate.score for one in faces if not one.candidate.angle]
        return max(upright, default=0.0)

    def _faces(
        self, image: NDArray[np.uint8], candidates: Sequence[Candidate]
    ) -> list[Verdict]:
        """Return the faces of a picture as it is, examining candidates where needed."""
        judge = Judge(self._yunet, image, self.min_score)
        sure, bright = self._sure(candidates, judge)
        faces = [*sure, *judge.faces(_not_in(bright, sure)[:MOST])]
        upright = any(abs(one.candidate.angle) <= ASKEW for one in faces)
        least = FAINT_BESIDE_CLEAR if upright else FAINT
        faint = [one for one in candidates if least <= one.score < self.min_score]
        return [*faces, *judge.faces(_not_in(faint, faces)[:MOST_FAINT], not upright)]

    def _sure(
        self, candidates: Sequence[Candidate], judge: Judge
    ) -> tuple[list[Verdict], list[Candidate]]:
        """Return the faces that are certainly upright, and the candidates that may be faces."""
        bright = [one for one in candidates if one.score >= self.min_score]
        high = [one for one in bright if one.score >= LIKELY]
        if high and high[0].score < CLEAR:
            tested = judge.faces(high[:TESTED])
            if any(one.candidate.angle for one in tested) or not tested:
                return [], bright
        return [Verdict(one) for one in high], [one for one in bright if one not in high]

    def _detections(
        self, verdicts: Sequence[Verdict], shape: tuple[int, ...]
    ) -> list[Detection]:
        """Keep the best of each face, by decreasing score."""
        doubts = {id(one.candidate): one.doubt for one in verdicts}
        faces = distinct(one.candidate for one in verdicts)
        detections = [to_detection(face, doubts[id(face)], shape) for face in faces]
        return [
            one for one in detections
            if one.score >= self.min_score and min(one.box[2:]) >= self.min_face
        ]


def check_rgb(image: NDArray[np.uint8]) -> None:
    """Refuse what is not an RGB picture.

    Raises
    ------
    PictureError
        If the image is not ``uint8 [H, W, 3]`` with at least one pixel.
    """
    array = isinstance(image, np.ndarray)
    if array and image.dtype == np.uint8 and image.shape[2:] == (3,) and image.size:
        return
    got = f"{image.dtype} {list(image.shape)}" if array else type(image).__name__
    raise PictureError(
        f"Expected an RGB picture, uint8 [H, W, 3], got {got}.",
        "Open it with Reader.open, which takes channels='BGR' for OpenCV's pictures.",
    )


def _prevailing(verdicts: Sequence[Verdict]) -> int:
    """Return by how many quarters, clockwise, most faces are turned."""
    votes: collections.Counter[int] = collections.Counter()
    for one in verdicts:
        votes[round(one.candidate.angle / 90) % 4] += 1
    return max(votes, key=lambda quarters: (votes[quarters], quarters == 0), default=0)


def _merged(verdicts: Sequence[Verdict], again: Sequence[Verdict]) -> list[Verdict]:
    """Combine the faces of a picture as it is with those of the picture turned.

    In the turned picture, landmarks are found as in any upright one, except for a face that is
    tilted there: for that the close look, which turns with the face, is better.
    """
    kept = list(again)
    for one in verdicts:
        rivals = [other for other in kept if same_place(one.candidate, other.candidate)]
        if all(_is_askew(one.candidate, other.candidate) for other in rivals):
            kept = [other for other in kept if other not in rivals]
            kept.append(one)
    return kept


def _is_askew(local: Candidate, whole: Candidate) -> bool:
    """Return whether the close look finds a face tilted that the whole look takes for level."""
    turn = abs(wrapped(local.angle - whole.angle))
    return turn > ASKEW and local.score > whole.score - ASKEW_LOSS


def _not_in(candidates: Sequence[Candidate], faces: Sequence[Verdict]) -> list[Candidate]:
    """Leave out candidates at the place of a face that was found."""
    return [
        one for one in candidates
        if not any(same_place(one, face.candidate) for face in faces)
    ]


def turn_back(image: NDArray[np.uint8], quarters: int) -> NDArray[np.uint8]:
    """Return a picture turned anticlockwise by a number of right angles."""
    return np.ascontiguousarray(np.rot90(image, quarters))


def quarter_turns(quarters: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the map ``float64 [2, 3]`` that turns a picture of this shape clockwise."""
    height, width = shape[:2]
    maps = {
        0: [[1, 0, 0], [0, 1, 0]],
        1: [[0, -1, height], [1, 0, 0]],
        2: [[-1, 0, width], [0, -1, height]],
        3: [[0, 1, 0], [-1, 0, width]],
    }
    return np.array(maps[quarters % 4], dtype=np.float64)


def to_detection(
    face: Candidate, doubt: Literal["turned"] | None, shape: tuple[int, ...]
) -> Detection:
    """Return a candidate as a face, with its box clipped to the picture.

    Parameters
    ----------
    face
        Where it is.
    doubt
        As in `Detection`.
    shape
        Height and width of the picture first.
    """
    x, y, width, height = face.box
    left, top = np.clip([x, y], 0, shape[1::-1])
    right, bottom = np.clip([x + width, y + height], 0, shape[1::-1])
    return Detection(
        box=(float(left), float(top), float(right - left), float(bottom - top)),
        landmarks=face.landmarks.astype(np.float32),
        score=face.score,
        angle=face.angle,
        doubt=doubt,
    )
