"""OpenFace 2's table of a clip, as ``FeatureExtraction`` writes it."""

from __future__ import annotations

from mien.media.layouts.layout import Cell, Layout, probability
from mien.perception.face import Face
from mien.perception.picture import Picture


class OpenFace(Layout):
    """The columns that OpenFace begins with, then the probability of each class.

    As in OpenFace's files a blank follows each comma, in the header too; frames are counted from 1;
    a frame without a face has 0 in all other cells, success among them. Gaze, pose, landmarks and
    action units are not there, since mien does not measure them.
    """

    NAME = "openface"
    SUFFIX = ".csv"
    SEPARATOR = ", "

    def preamble(self) -> list[list[str]]:
        """Return no lines."""
        return []

    @property
    def header(self) -> list[str]:
        """Names of the columns."""
        expressions = [f"p_{name}" for name in self.names]
        return ["frame", "face_id", "timestamp", "confidence", "success", *expressions]

    def cells(self, picture: Picture, face: Face | None, time: float) -> list[Cell]:
        """Return the row of a face, or of a frame without one."""
        frame, stamp = (picture.frame or 0) + 1, f"{time:.6f}"
        if face is None:
            return [frame, 0, stamp, 0, 0, *(0 for _ in self.names)]
        expressions = [probability(face, name) for name in self.names]
        return [frame, face.face_id or 0, stamp, round(face.score, 2), 1, *expressions]
