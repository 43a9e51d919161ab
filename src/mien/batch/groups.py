"""Reads a few pictures together, into rows of the table."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mien.batch.inputs import Input
from mien.errors import DataError, MienError
from mien.image import decode
from mien.perception.detector import Detection
from mien.perception.picture import Picture
from mien.perception.reader import Reader
from mien.perception.table_columns import Cell, Table
from mien.words import printable

if TYPE_CHECKING:
    import pyarrow

ERROR = "error"
"""The last column: what is wrong with a picture; empty if it was read."""


@dataclasses.dataclass(frozen=True, eq=False)
class GroupRows:
    """The rows of some pictures."""

    table: pyarrow.Table
    """The rows."""
    inputs: int
    """How many pictures there were."""
    faces: int
    """How many faces were found."""
    failures: int
    """How many pictures could not be read."""


@dataclasses.dataclass(frozen=True, eq=False)
class _Searched:
    """A picture whose faces were found and cropped, but not yet classified."""

    picture: Picture
    detections: Sequence[Detection] = ()
    crops: NDArray[np.uint8] | None = None
    error: str | None = None


class StoppedError(Exception):
    """The run ends before these pictures were read."""


class GroupReader:
    """Reads groups of pictures; may be shared between threads.

    Parameters
    ----------
    reader
        Reads the faces.
    """

    def __init__(self, reader: Reader) -> None:
        import pyarrow

        self._reader = reader
        self._table = Table(reader.vocabulary, reader.coverage is not None)
        columns = self._table.arrow_schema()
        self._schema = columns.append(pyarrow.field(ERROR, pyarrow.string()))

    def read(self, inputs: Sequence[Input], stop: threading.Event) -> GroupRows:
        """Read pictures, whose faces go through the network as one batch.

        Parameters
        ----------
        inputs
            The pictures.
        stop
            Ends the work after the picture that is being read.

        Raises
        ------
        DataError
            If the server of the pictures cannot be reached.
        StoppedError
            If the work was ended.
        """
        searched = [self._search(one, stop) for one in inputs]
        pictures = self._classified(searched)
        rows: list[list[Cell]] = [
            [*row, one.error]
            for one, picture in zip(searched, pictures, strict=True)
            for row in self._table.rows(picture)
        ]
        return GroupRows(
            self._to_arrow(rows),
            inputs=len(searched),
            faces=sum(len(one.detections) for one in searched),
            failures=sum(one.error is not None for one in searched),
        )

    def no_rows(self) -> pyarrow.Table:
        """Return the table without rows."""
        return self._schema.empty_table()

    def _search(self, one: Input, stop: threading.Event) -> _Searched:
        if stop.is_set():
            raise StoppedError
        reader, name = self._reader, printable(one.name)
        picture = Picture(name, 0, 0, (), reader.name, reader.vocabulary, reader.coverage)
        try:
            image = decode(one.content(), name, reader.max_megapixels)
            detections = reader.find(image)
            crops = reader.crop(image, detections)
        except (DataError, MemoryError):
            raise
        except MienError as error:
            return _Searched(picture, error=str(error))
        except Exception as error:
            # One picture of millions must not keep the others from being read; its row says so.
            kind = type(error).__name__
            return _Searched(picture, error=f"{name} met a defect of mien: {kind}: {error}")
        return _Searched(picture, detections, crops)

    def _classified(self, searched: Sequence[_Searched]) -> list[Picture]:
        """Return the pictures with their faces."""
        crops = [one.crops for one in searched if one.crops is not None and len(one.crops)]
        if not crops:
            return [one.picture for one in searched]
        probabilities = self._reader.classify(np.concatenate(crops))
        pictures, start = [], 0
        for one in searched:
            rows = probabilities[start : start + len(one.detections)]
            start += len(rows)
            faces = () if one.crops is None else self._reader.assemble(
                one.detections, one.crops, rows
            )
            pictures.append(dataclasses.replace(one.picture, faces=faces))
        return pictures

    def _to_arrow(self, rows: Sequence[Sequence[Cell]]) -> pyarrow.Table:
        import pyarrow

        arrays = [
            pyarrow.array(column, field.type)
            for column, field in zip(zip(*rows, strict=True), self._schema, strict=True)
        ]
        return pyarrow.Table.from_arrays(arrays, schema=self._schema)
