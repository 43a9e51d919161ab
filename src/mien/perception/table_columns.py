"""The one table for photos, video and batches: a row for each face of each photo or frame."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mien.classes import Vocabulary
from mien.clock import to_microsecond
from mien.errors import MissingExtraError
from mien.perception.face import Face, numbered

Cell = str | int | float | bool | tuple[str, ...] | None
"""One value of the table; None where it is not available."""


class Faces(Protocol):
    """What the table needs of a picture, or of a frame of a video."""

    @property
    def source(self) -> str:
        """The picture or the video, as it was named."""
        ...

    @property
    def frame(self) -> int | None:
        """Number of the frame in its video; None for a photo."""
        ...

    @property
    def time(self) -> float | None:
        """The frame's time stamp in seconds; None for a photo."""
        ...

    @property
    def marker(self) -> str | None:
        """The event that the frame belongs to."""
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


@dataclasses.dataclass(frozen=True)
class Table:
    """Which columns a run's table has: the same for all of its photos and frames.

    Cells that something lacks are empty: a photo has no time, a frame without a face no box.

    Examples
    --------
    >>> table = Table(mien.FER2013, video=True)
    >>> table.names[:5], table.names[-1]
    (('source', 'frame', 'time', 'face_id', 'success'), 'raw_p_neutral')
    """

    vocabulary: Vocabulary
    """The network's classes, each of which has a column ``p_<class>``."""
    prediction_sets: bool = False
    """Whether prediction sets were asked for; two columns at the end hold them."""
    video: bool = False
    """Whether a video is among the sources; ``raw_p_<class>`` after ``marker`` then hold the
    probabilities before smoothing."""

    @classmethod
    def of(cls, picture: Faces, prediction_sets: bool = False) -> Table:
        """Return the table of one photo or frame."""
        return cls(picture.vocabulary, prediction_sets, picture.frame is not None)

    def columns(self) -> tuple[Column, ...]:
        """Return the columns, in order."""
        raw = (Column(f"raw_p_{name}", "number") for name in self.vocabulary.names)
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
            *(Column(f"p_{name}", "number") for name in self.vocabulary.names),
            Column("valence", "number"),
            Column("marker", "text"),
            *(raw if self.video else ()),
            *(sets if self.prediction_sets else ()),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns())

    def rows(self, picture: Faces) -> Iterator[list[Cell]]:
        """Yield a picture's rows in the order of `columns`, one for each face.

        A picture or frame without a face has one row, with success 0 and the face's cells None.
        """
        time = None if picture.time is None else to_microsecond(picture.time)
        moment = (picture.source, picture.frame, time)
        if not picture.faces:
            # From x to sure, the probabilities, and the valence.
            empty: list[Cell] = [None] * (8 + len(self.vocabulary) + 1)
            yield [*moment, None, 0, *empty, picture.marker, *self._last_cells(None)]
        for face_id, face in numbered(picture.faces):
            yield [
                *moment,
                face_id,
                1,
                *_face_cells(face),
                valence(face.probabilities, face.vocabulary),
                picture.marker,
                *self._last_cells(face),
            ]

    def _last_cells(self, face: Face | None) -> list[Cell]:
        """Return the cells after the marker."""
        raw = None if face is None else face.raw_probabilities
        raw_cells: Sequence[Cell] = [None] * len(self.vocabulary) if raw is None else _rounded(raw)
        sets: list[Cell] = [None, None]
        if face is not None:
            names = tuple(expression.name for expression in face.prediction_set or ())
            sets = [names, face.coverage]
        return [*(raw_cells if self.video else ()), *(sets if self.prediction_sets else ())]

    def to_arrow(self, rows: Sequence[Sequence[Cell]]) -> Any:
        """Return rows as a ``pyarrow.Table`` with the table's columns.

        Raises
        ------
        MissingExtraError
            If pyarrow is not installed.
        """
        schema = self.arrow_schema()
        cells = zip(*rows, strict=True) if rows else [() for _ in schema]
        pyarrow = require_package("pyarrow")
        arrays = [
            pyarrow.array(column, field.type) for column, field in zip(cells, schema, strict=True)
        ]
        return pyarrow.Table.from_arrays(arrays, schema=schema)

    def arrow_schema(self) -> Any:
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
        return pyarrow.schema([(column.name, types[column.kind]) for column in self.columns()])


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
        *_rounded(face.probabilities),
    ]


def _rounded(probabilities: NDArray[np.float32]) -> list[float]:
    return [round(float(p), 4) for p in probabilities]
