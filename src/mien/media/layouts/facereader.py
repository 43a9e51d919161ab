"""FaceReader's detailed log of a clip."""

from __future__ import annotations

from typing import ClassVar

from mien.media.layouts.layout import Cell, Layout, probability
from mien.perception.face import Face
from mien.perception.picture import Picture
from mien.perception.table_columns import valence


class FaceReader(Layout):
    """The log's eight lines, then the columns of its expressions.

    As in FaceReader's logs a frame without a face has the word ``FIND_FAILED`` in each cell, and
    ``Valence`` is happy minus the largest negative expression. The column ``Face ID`` at the end
    is mien's. Arousal is not there, since a face does not tell it reliably.
    """

    NAME = "facereader"
    SUFFIX = ".txt"
    SEPARATOR = "\t"
    SINGLE = True
    EXPRESSIONS: ClassVar = {
        "neutral": "Neutral",
        "happy": "Happy",
        "sad": "Sad",
        "angry": "Angry",
        "surprise": "Surprised",
        "fear": "Scared",
        "disgust": "Disgusted",
    }

    def preamble(self) -> list[list[str]]:
        """Return the lines that say what was analysed."""
        rate = self.clip.rate
        return [
            ["Video analysis detailed log"],
            [],
            ["Face Model", f"mien {self.network}"],
            ["Calibration", "None"],
            ["Start time", "-"],
            ["Filename", self.clip.source],
            ["Frame rate", "-" if rate is None else f"{rate:.9f}"],
            [],
        ]

    @property
    def header(self) -> list[str]:
        """Names of the columns."""
        expressions = self.EXPRESSIONS.values()
        return ["Video Time", *expressions, "Valence", "Stimulus", "Event Marker", "Face ID"]

    def cells(self, picture: Picture, face: Face | None, time: float) -> list[Cell]:
        """Return the row of a frame."""
        stimulus = picture.marker or "No Stimulus"
        if face is None:
            failed = ["FIND_FAILED"] * (len(self.EXPRESSIONS) + 1)
            return [_video_time(time), *failed, stimulus, "No Event Marker", None]
        return [
            _video_time(time),
            *(probability(face, name) for name in self.EXPRESSIONS),
            valence(face.probabilities, face.vocabulary),
            stimulus,
            "No Event Marker",
            face.face_id or 0,
        ]


def _video_time(seconds: float) -> str:
    """Write a time as ``hh:mm:ss.mmm``."""
    minutes, thousandths = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{thousandths // 1000:02}.{thousandths % 1000:03}"
