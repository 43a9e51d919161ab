"""What a layout says: the lines before a table and the cells of its rows."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from mien.media.metadata import ClipInfo
from mien.perception.face import Face
from mien.perception.picture import Picture

Cell = str | int | float | None
"""One value of a table; None is written as nothing."""


class Layout(abc.ABC):
    """Another program's table of one clip.

    Parameters
    ----------
    clip
        The clip that it is about.
    network
        What reads the clip.
    names
        Names of the network's classes, in order.
    """

    NAME: ClassVar[str]
    """What users call it."""
    SUFFIX: ClassVar[str]
    """File extension of the program's own tables."""
    SEPARATOR: ClassVar[str]
    """What stands between the cells."""
    EXPRESSIONS: ClassVar[Mapping[str, str]] = {}
    """What the program calls FER-2013's classes; empty if it has no columns for expressions."""
    SINGLE: ClassVar[bool] = False
    """Whether it has room for one face a frame; of several the one with the largest box is in."""

    def __init__(self, clip: ClipInfo, network: str, names: Sequence[str]) -> None:
        self.clip = clip
        self.network = network
        self.names = names

    @abc.abstractmethod
    def preamble(self) -> list[list[str]]:
        """Return the lines before the header."""

    @property
    @abc.abstractmethod
    def header(self) -> list[str]:
        """Names of the columns."""

    @abc.abstractmethod
    def cells(self, picture: Picture, face: Face | None, time: float) -> list[Cell]:
        """Return the row of a face, or of a frame without one.

        Parameters
        ----------
        picture
            The frame.
        face
            A face in it; None if it has none.
        time
            Its time stamp in seconds.
        """

    def rows(self, picture: Picture, time: float) -> Iterator[list[Cell]]:
        """Yield the rows of a frame."""
        if self.SINGLE and len(picture) > 1:
            yield self.cells(picture, max(picture, key=_area), time)
        elif picture:
            yield from (self.cells(picture, face, time) for face in picture)
        else:
            yield self.cells(picture, None, time)


def probability(face: Face, name: str) -> float:
    """Return the probability of a class by its name, rounded as in mien's own table."""
    return round(float(face.probabilities[face.vocabulary.index(name)]), 4)


def _area(face: Face) -> float:
    return face.box[2] * face.box[3]
