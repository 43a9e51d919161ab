"""py-feat's table of a clip, as versions 0.x write a ``Fex``."""

from __future__ import annotations

from typing import ClassVar

from mien.media.layouts.layout import Cell, Layout, probability
from mien.perception.face import Face
from mien.perception.picture import Picture


class PyFeat(Layout):
    """py-feat's columns of boxes and expressions.

    As in its tables frames are counted from 0, a frame without a face has empty cells, a person is
    ``Person_0`` and so on, and ``approx_time`` has whole seconds. Landmarks, action units and pose
    are not there, since mien does not measure them.
    """

    NAME = "pyfeat"
    SUFFIX = ".csv"
    SEPARATOR = ","
    EXPRESSIONS: ClassVar = {
        "angry": "anger",
        "disgust": "disgust",
        "fear": "fear",
        "happy": "happiness",
        "sad": "sadness",
        "surprise": "surprise",
        "neutral": "neutral",
    }

    def preamble(self) -> list[list[str]]:
        """Return no lines."""
        return []

    @property
    def header(self) -> list[str]:
        """Names of the columns."""
        box = [f"FaceRect{part}" for part in ("X", "Y", "Width", "Height")]
        expressions = self.EXPRESSIONS.values()
        return ["frame", *box, "FaceScore", *expressions, "Identity", "input", "approx_time"]

    def cells(self, picture: Picture, face: Face | None, time: float) -> list[Cell]:
        """Return the row of a face, or of a frame without one."""
        minutes, seconds = divmod(int(time), 60)
        last = [picture.source, f"{minutes:02}:{seconds:02}"]
        if face is None:
            return [picture.frame, *[None] * (6 + len(self.EXPRESSIONS)), *last]
        return [
            picture.frame,
            *(round(float(value), 1) for value in face.box),
            round(face.score, 4),
            *(probability(face, name) for name in self.EXPRESSIONS),
            f"Person_{face.face_id or 0}",
            *last,
        ]
