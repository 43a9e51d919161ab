"""The table of a clip that iMotions exports from AFFDEX."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import PurePath
from typing import ClassVar

from mien.media.layouts.layout import Cell, Layout, probability
from mien.perception.face import Face
from mien.perception.picture import Picture
from mien.perception.table_columns import valence


class IMotions(Layout):
    """The export's five lines, then the columns of boxes and expressions.

    As in the exports, times are milliseconds, expressions go from 0 to 100 and the valence from
    -100 to 100, and a frame without a face has empty cells. The marker is the ``StimulusName``.
    ``Contempt`` is there for scripts that select it, and always empty. The column ``FaceId`` at the
    end is mien's. Action units, pose and landmarks are not there, since mien does not measure them.
    """

    NAME = "imotions"
    SUFFIX = ".txt"
    SEPARATOR = "\t"
    SINGLE = True
    EXPRESSIONS: ClassVar = {
        "angry": "Anger",
        "sad": "Sadness",
        "disgust": "Disgust",
        "happy": "Joy",
        "surprise": "Surprise",
        "fear": "Fear",
        "neutral": "Neutral",
    }

    def preamble(self) -> list[list[str]]:
        """Return the lines that say where the table comes from."""
        return [
            [f"#Study : {_stem(self.clip.source)}"],
            ["#Date : "],
            [f"#Version : mien {version('mien')}"],
            ["#TestRunDate : "],
            [],
        ]

    @property
    def header(self) -> list[str]:
        """Names of the columns."""
        return [
            *("StudyName", "ExportDate", "Name", "Age", "Gender", "StimulusName", "SlideType"),
            *("EventSource", "Timestamp", "MediaTime", "PostMarker", "Annotation"),
            *("FrameNo", "FrameTime", "NoOfFaces"),
            *(f"FaceRect {part}" for part in ("X", "Y", "Width", "Height")),
            *(name for name in self.EXPRESSIONS.values() if name != "Neutral"),
            *("Contempt", "Neutral", "Valence", "FaceId"),
        ]

    def cells(self, picture: Picture, face: Face | None, time: float) -> list[Cell]:
        """Return the row of a frame."""
        stamp, study = round(time * 1000), _stem(self.clip.source)
        before: list[Cell] = [
            *(study, None, study, None, None, picture.marker, None),
            *(f"mien {self.network}", stamp, stamp, None, None),
            *(picture.frame, stamp, len(picture)),
        ]
        if face is None:
            return [*before, *[None] * (len(self.header) - len(before))]
        percent = {name: round(100 * probability(face, name), 2) for name in self.EXPRESSIONS}
        neutral = percent.pop("neutral")
        index = valence(face.probabilities, face.vocabulary) or 0.0
        return [
            *before,
            *(round(float(value)) for value in face.box),
            *percent.values(),
            *(None, neutral, round(100 * index, 2), face.face_id or 0),
        ]


def _stem(source: str) -> str:
    return PurePath(source).stem
