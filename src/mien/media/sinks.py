"""What was read, as JSON and CSV."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Sequence

from mien.classes import NAMES
from mien.perception.face import Face

COLUMNS = (
    *("source", "face", "x", "y", "w", "h", "expression", "confidence", "sure"),
    *(f"p_{name}" for name in NAMES),
)
"""Columns of the CSV."""

SET_COLUMNS = ("set", "coverage")
"""Columns that follow where sets of expressions were asked for."""


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


def to_csv(readings: Iterable[Reading], sets: bool = False) -> str:
    """Write readings as CSV, one row a face with the columns `COLUMNS`.

    Faces count from 1. A picture without a face has one row in which only its name is filled.
    With ``sets`` the columns `SET_COLUMNS` follow: the names in the set of each face with
    spaces between them, the likeliest first, and the coverage that was asked for.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = COLUMNS + SET_COLUMNS if sets else COLUMNS
    writer.writerow(columns)
    for reading in readings:
        for number, face in enumerate(reading.faces, start=1):
            writer.writerow(_row(reading.source, number, face) + (_set(face) if sets else []))
        if not reading.faces:
            writer.writerow([reading.source, *[""] * (len(columns) - 1)])
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


def _set(face: Face) -> list[object]:
    """Give the values of the columns of the set."""
    return [" ".join(expression.name for expression in face.expressions or ()), face.coverage]
