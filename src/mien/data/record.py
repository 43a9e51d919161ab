"""One labelled picture at its own size."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.errors import DataError
from mien.image import decode, decode_gray


class BadRecords:
    """Collects the bad pictures and rows of a data set.

    Parameters
    ----------
    path
        The data set, as the user named it.
    skip
        Whether bad records are left out; otherwise the first one is an error.
    """

    def __init__(self, path: Path, skip: bool) -> None:
        self.path = path
        self.skip = skip
        self.problems: list[str] = []
        """One clause for each, starting with the record's name inside the data set."""
        self.total: int | None = None
        """Number of records, good and bad, once the reader knows; for the progress bar."""

    def report(self, problem: str) -> None:
        """Note a bad record.

        Raises
        ------
        DataError
            If bad records are not left out.
        """
        self.problems.append(problem)
        self.check()

    def check(self) -> None:
        """Raise the first problem as an error, unless bad records are left out."""
        if self.problems and not self.skip:
            raise DataError(
                f"In {self.path}, {self.problems[0]}",
                "Fix or remove it, or leave bad pictures out.",
                "skip_bad",
            )

    def sentences(self) -> tuple[str, ...]:
        """Return one sentence for each bad record."""
        return tuple(f"In {self.path}, {problem}" for problem in self.problems)


LIMIT_BYTES = 64 * 2**20
"""Largest encoded picture that is read."""


@dataclasses.dataclass(frozen=True, eq=False)
class Record:
    """One labelled picture as a data set stores it."""

    name: str
    """File inside the data set, or ``row N`` counted from 0; no two records share one."""
    label: int
    """Class number in the order of the data set's vocabulary."""
    split: str
    """Where the picture belongs, as in `Samples.splits`."""
    data: bytes | NDArray[np.uint8]
    """The encoded picture, or gray pixels ``uint8 [H, W]``."""

    def gray(self) -> NDArray[np.uint8]:
        """Decode to gray, ``uint8 [H, W]`` at its own size.

        Raises
        ------
        PictureError
            If the picture is broken.
        """
        return decode_gray(self.data, self.name) if isinstance(self.data, bytes) else self.data

    def picture(self) -> NDArray[np.uint8]:
        """Decode to RGB, ``uint8 [H, W, 3]`` at its own size.

        Raises
        ------
        PictureError
            If the picture is broken.
        """
        if isinstance(self.data, bytes):
            return decode(self.data, self.name)
        return np.repeat(self.data[:, :, None], 3, axis=2)
