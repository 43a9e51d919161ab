"""The one table for photos, video and batches: a row for each face."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mien.classes import Vocabulary
from mien.errors import MissingExtraError
from mien.perception.face import Face

Cell = str | int | float | bool | tuple[str, ...] | None
"""One value of the table; None where it is not available."""


class Faces(Protocol):
    """What the table needs of a picture."""

    @property
    def source(self) -> str:
        """The picture, as it was named."""
        ...

    @property
    def faces(self) -> Sequence[Face]:
        """Its faces."""
        ...

    @property
    def vocabulary(self) -> Vocabulary:
        """The network's classes."""
        ...


NEGATIVE = ("angry", "disgust", "fear", "sad")
"""The expressions that count against happy in the valence."""


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of the table."""

    name: str
    kind: Literal["text", "integer", "number", "truth", "names"]


def columns(vocabulary: Vocabulary, prediction_sets: bool = False) -> tuple[Column, ...]:
    """Return the table's columns, the same for every picture that a network reads.

    Parameters
    ----------
    vocabulary
        The network's classes, each of which has a column ``p_<class>``.
    prediction_sets
        Whether prediction sets were asked for; two columns at the end hold them.
    """
    sets = (Column("prediction_set", "names"), Column("coverage", "number"))
    return (
        Column("source", "text"),
        Column("frame", "integer"),
        Column("time", "number"),
        Column("face_id", "integer"),
        Column("success", "integer"),
        *(Column(name, "number") for name in ("x", "y", "width", "height", "score")),
        Column("expression", "text"),
        Column("confidence", "number"),
        Column("sure", "truth"),
        *(Column(f"p_{name}", "number") for name in vocabulary.names),
        Column("valence", "number"),
        Column("marker", "text"),
        *(sets if prediction_sets else ()),
    )


def rows(picture: Faces, prediction_sets: bool = False) -> Iterator[list[Cell]]:
    """Yield a picture's rows in the order of `columns`, one for each face.

    A picture without a face has one row, with success 0 and the face's cells None.
    """
    empty: list[Cell] = [None] * len(columns(picture.vocabulary, prediction_sets))
    if not picture.faces:
        yield [picture.source, None, None, None, 0, *empty[5:]]
    for number, face in enumerate(picture.faces):
        sets: list[Cell] = [
            tuple(expression.name for expression in face.prediction_set or ()),
            face.coverage,
        ]
        face_id = number if face.face_id is None else face.face_id
        yield [
            *(picture.source, None, None, face_id, 1),
            *_face_cells(face),
            valence(face.probabilities, face.vocabulary),
            None,
            *(sets if prediction_sets else ()),
        ]


def valence(probabilities: NDArray[np.float32], vocabulary: Vocabulary) -> float | None:
    """Return p(happy) minus the largest of the negative expressions, -1 to 1.

    An index for sorting and plotting, not a feeling.

    Parameters
    ----------
    probabilities
        ``float32 [K]``.
    vocabulary
        The K classes; None is returned if happy or all of `NEGATIVE` are missing.
    """
    negative = [vocabulary.index(name) for name in NEGATIVE if name in vocabulary]
    if "happy" not in vocabulary or not negative:
        return None
    happy = float(probabilities[vocabulary.index("happy")])
    return round(happy - float(probabilities[negative].max()), 4)


def to_arrow(
    table: Sequence[Sequence[Cell]], vocabulary: Vocabulary, prediction_sets: bool = False
) -> Any:
    """Return rows as a ``pyarrow.Table`` with the table's columns.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    """
    schema = arrow_schema(vocabulary, prediction_sets)
    cells = zip(*table, strict=True) if table else [() for _ in schema]
    pyarrow = require_package("pyarrow")
    arrays = [
        pyarrow.array(column, field.type) for column, field in zip(cells, schema, strict=True)
    ]
    return pyarrow.Table.from_arrays(arrays, schema=schema)


def arrow_schema(vocabulary: Vocabulary, prediction_sets: bool = False) -> Any:
    """Return the ``pyarrow.Schema`` of the table.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    """
    pyarrow = require_package("pyarrow")
    types = {
        "text": pyarrow.string(),
        "integer": pyarrow.int64(),
        "number": pyarrow.float64(),
        "truth": pyarrow.bool_(),
        "names": pyarrow.list_(pyarrow.string()),
    }
    return pyarrow.schema(
        [(column.name, types[column.kind]) for column in columns(vocabulary, prediction_sets)]
    )


def require_package(name: str) -> ModuleType:
    """Import a package that mien does not install by itself.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"This needs the package {name!r}, which is not installed.",
            f"Install it with: pip install {name}.",
        ) from error


def _face_cells(face: Face) -> list[Cell]:
    """Return the cells from x to the last probability, rounded as in JSON."""
    return [
        *(round(float(value), 1) for value in face.box),
        round(face.score, 4),
        face.expression.name,
        round(face.confidence, 4),
        face.sure,
        *(round(float(p), 4) for p in face.probabilities),
    ]
