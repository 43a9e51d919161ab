"""One picture, or frame of a video, with the faces read in it, or why it could not be read."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from mien.classes import Vocabulary
from mien.errors import MienError
from mien.perception import table_columns
from mien.perception.face import Face, html_table
from mien.words import counted

if TYPE_CHECKING:
    import pandas
    import pyarrow


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Picture(Sequence[Face]):
    """One picture, or frame of a video, and the faces read in it: a sequence of `Face`.

    Examples
    --------
    >>> picture = mien.detect("party.jpg")
    >>> len(picture), picture.network, picture[0].expression.name
    (1, 'mien-s', 'happy')
    """

    source: str
    """The picture, as it was named; ``"<array>"`` and the like for one without a name."""
    width: int
    """Width in pixels of the upright picture."""
    height: int
    """Height in pixels of the upright picture."""
    faces: tuple[Face, ...]
    """Its faces: of a photo, the one with the largest box first; of a frame, by `face_id`."""
    network: str
    """What read it, such as ``"mien-s"``."""
    vocabulary: Vocabulary
    """The network's classes."""
    coverage: float | None = None
    """The coverage of the faces' prediction sets; None if they were not asked for."""
    image: NDArray[np.uint8] | None = None
    """The upright pixels, RGB ``uint8 [H, W, 3]``, if they were to be kept."""
    frame: int | None = None
    """Number of the frame in its video, counted from 0; None for a photo."""
    time: float | None = None
    """The frame's time stamp in its video, in seconds; None for a photo."""
    marker: str | None = None
    """What happens at this time, as the user's list of events says; None if it says nothing."""

    def __len__(self) -> int:
        return len(self.faces)

    @overload
    def __getitem__(self, key: int) -> Face: ...

    @overload
    def __getitem__(self, key: slice) -> tuple[Face, ...]: ...

    def __getitem__(self, key: int | slice) -> Face | tuple[Face, ...]:
        return self.faces[key]

    def __eq__(self, other: object) -> bool:
        """Return whether the other picture has the same source, frame, size and faces."""
        if not isinstance(other, Picture):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.source, self.frame, self.width, self.height, len(self.faces)))

    def _key(self) -> tuple[object, ...]:
        moment = self.frame, self.time, self.marker
        faces = [face.to_dict() for face in self.faces]
        return self.source, self.width, self.height, moment, faces

    def __repr__(self) -> str:
        labels = ", ".join(face.label() for face in self.faces) or "no face"
        frame = "" if self.frame is None else f", frame {self.frame}"
        return f"Picture({self.source!r}{frame}, {self.width} x {self.height}: {labels})"

    def to_dict(self) -> dict[str, object]:
        """Return the picture as JSON, as ``mien detect --json`` writes it."""
        moment = {"frame": self.frame, "time": self.time, "marker": self.marker}
        return {
            "source": self.source,
            **{key: value for key, value in moment.items() if value is not None},
            "width": self.width,
            "height": self.height,
            "network": self.network,
            "faces": [face.to_dict() for face in self.faces],
        }

    def to_arrow(self) -> pyarrow.Table:
        """Return a ``pyarrow.Table`` with a row for each face, as ``mien detect`` tabulates them.

        Raises
        ------
        MissingExtraError
            If pyarrow is not installed.
        """
        table = self._table()
        return table.to_arrow(list(table.rows(self)))

    def to_pandas(self) -> pandas.DataFrame:
        """Return a ``pandas.DataFrame`` with the columns of `to_arrow`.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        table = self._table()
        frames = table_columns.require_package("pandas")
        return frames.DataFrame(list(table.rows(self)), columns=list(table.names))

    def _table(self) -> table_columns.Table:
        return table_columns.Table.of(self, self.coverage is not None)

    def _repr_html_(self) -> str:
        number = len(self.faces)
        count = counted(number, "face") if number else "no face"
        title = f"{html.escape(self.source)} ({self.width} x {self.height}): {count}"
        return f"<p>{title}</p>{html_table(list(self.faces)) if number else ''}"


@dataclasses.dataclass(frozen=True, eq=False)
class Failure:
    """A picture that could not be read.

    Examples
    --------
    >>> for result in mien.Reader().read_many(["party.jpg", "nowhere.jpg"]):
    ...     if isinstance(result, mien.Failure):
    ...         print(result.source, result.error.code)
    nowhere.jpg picture
    """

    source: str
    """The picture, as it was named."""
    error: MienError
    """What is wrong with it, and how to fix it."""

    def to_dict(self) -> dict[str, object]:
        """Return the failure as JSON: the source, the sentence, and the kind of error."""
        return {"source": self.source, "error": str(self.error), "code": self.error.code}
