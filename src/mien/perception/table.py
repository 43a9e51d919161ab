"""What was read, as JSON and CSV."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Sequence

from mien.expression import NAMES
from mien.perception.face import Face

COLUMNS = (
    *("source", "face", "x", "y", "w", "h", "expression", "confidence", "sure"),
    *(f"p_{name}" for name in NAMES),
)
"""Columns of the CSV."""


@dataclasses.dataclass(frozen=True)
class Reading:
    """One picture, and the faces read in it."""

    source: str
    """The picture, as it was named."""
    width: int
    """Width in pixels of the upright picture."""
    height: int
    """Height in pixels of the upright picture."""
    faces: Sequence[Face]
    """Its faces, the one with the largest box first."""

    def to_dict(self) -> dict[str, object]:
        """Give the reading in the form that JSON output promises."""
        return {
            "source": self.source,
            "width": self.width,
            "height": self.height,
            "faces": [face.to_dict() for face in self.faces],
        }


def to_json(readings: Iterable[Reading]) -> str:
    """Write readings as a JSON array, one object a picture, in the order given."""
    return json.dumps([one.to_dict() for one in readings], indent=2) + "\n"


def to_csv(readings: Iterable[Reading]) -> str:
    """Write readings as CSV, one row a face with the columns `COLUMNS`.

    Faces count from 1. A picture without a face has one row in which only its name is filled.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for reading in readings:
        for number, face in enumerate(reading.faces, start=1):
            writer.writerow(_row(reading.source, number, face))
        if not reading.faces:
            writer.writerow([reading.source, *[""] * (len(COLUMNS) - 1)])
    return text.getvalue()


def _row(source: str, number: int, face: Face) -> list[object]:
    """Give one face's values in the order of the columns."""
    return [
        source,
        number,
        *(round(value, 1) for value in face.box),
        face.expression.name,
        round(face.confidence, 4),
        str(face.sure).lower(),
        *(round(float(p), 4) for p in face.probabilities),
    ]
