"""What the networks say about one frame of a video: all of it that takes long to find out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.errors import DataError
from mien.perception.detector import Detection


@dataclasses.dataclass(frozen=True, eq=False)
class Reading:
    """What the networks say about one frame, from which `Watch` works out ids and smoothing.

    It can be stored as JSON without losing a bit, and given to `Watch.read` in place of searching
    and classifying the frame again.
    """

    frame: int
    """Number of the frame in its video, counted from 0."""
    time: float
    """The frame's time stamp in seconds."""
    cut: bool
    """Whether a new scene begins with this frame."""
    full: bool
    """Whether the whole frame was searched, not only the surroundings of the last faces."""
    detections: tuple[Detection, ...]
    """N faces, also those of a low score that may not belong to a track."""
    probabilities: NDArray[np.float32]
    """The network's own calibrated probabilities of these faces, ``float32 [N, K]``."""

    def __eq__(self, other: object) -> bool:
        """Return whether the other reading is the same to the last bit."""
        return isinstance(other, Reading) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.frame, self.time))

    def to_dict(self) -> dict[str, Any]:
        """Return the reading as JSON; Python writes its numbers so that they are read exactly."""
        return {
            "frame": self.frame,
            "time": self.time,
            "cut": self.cut,
            "full": self.full,
            "faces": [
                {
                    "box": list(one.box),
                    "landmarks": one.landmarks.tolist(),
                    "score": one.score,
                    "angle": one.angle,
                    "doubt": one.doubt,
                    "probabilities": row.tolist(),
                }
                for one, row in zip(self.detections, self.probabilities, strict=True)
            ],
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], classes: int) -> Reading:
        """Make the reading that `to_dict` was called on.

        Parameters
        ----------
        fields
            What `to_dict` returned.
        classes
            The number of the network's classes, K.

        Raises
        ------
        DataError
            If a field is missing, or has a wrong type or size.
        """
        try:
            faces = fields["faces"]
            rows = np.array([face["probabilities"] for face in faces], np.float32)
            return cls(
                frame=int(fields["frame"]),
                time=float(fields["time"]),
                cut=bool(fields["cut"]),
                full=bool(fields["full"]),
                detections=tuple(map(_detection, faces)),
                probabilities=rows.reshape(len(faces), classes),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"Expected the reading of a frame, got {str(fields)[:120]}.",
                "Read the video again from its start.",
            ) from error


def _detection(face: Mapping[str, Any]) -> Detection:
    left, top, width, height = map(float, face["box"])
    return Detection(
        box=(left, top, width, height),
        landmarks=np.array(face["landmarks"], np.float32).reshape(5, 2),
        score=float(face["score"]),
        angle=float(face["angle"]),
        doubt=face["doubt"],
    )
