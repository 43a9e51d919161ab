"""One labelled picture at its own size."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.data.samples import MEMBERS, check_split
from mien.errors import DataError
from mien.image import decode, decode_gray

_FIX = "Mend or remove it, or leave bad pictures out with --skip-bad (skip_bad=True)."


class Complaints:
    """Where the sources report bad pictures and rows.

    Parameters
    ----------
    path
        The data set, as the user named it.
    skip
        Whether bad pictures are left out; else the first one is an error.
    """

    def __init__(self, path: Path, skip: bool) -> None:
        self.path = path
        self.skip = skip
        self.problems: list[str] = []
        """One clause each, starting with the picture's name inside the data set."""
        self.total: int | None = None
        """Pictures there are, good and bad, once the source knows; for the progress bar."""

    def report(self, problem: str) -> None:
        """Note a bad picture.

        Raises
        ------
        DataError
            If bad pictures are not left out.
        """
        self.problems.append(problem)
        self.check()

    def check(self) -> None:
        """Raise the first problem as an error, unless bad pictures are left out."""
        if self.problems and not self.skip:
            raise DataError(f"In {self.path}, {self.problems[0]}", _FIX)

    def sentences(self) -> tuple[str, ...]:
        """Give one sentence for each bad picture."""
        return tuple(f"In {self.path}, {problem}" for problem in self.problems)


LIMIT_BYTES = 64 * 2**20
"""Largest encoded picture that is read."""


@dataclasses.dataclass(frozen=True, eq=False)
class Record:
    """One labelled picture as a data set stores it."""

    name: str
    """File inside the data set, or ``row N`` counted from 0; no two records share one."""
    label: int
    """Class number, 0 to 6."""
    split: str
    """``train``, ``public``, ``private``, ``test`` or ``all``, as in `Samples.splits`."""
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


def in_split(records: Iterable[Record], split: str) -> list[Record]:
    """Pick the records of one split.

    Parameters
    ----------
    records
        What to pick from.
    split
        One of `mien.data.samples.SPLITS`; ``test`` is public and private together.

    Raises
    ------
    DataError
        If the name is not a split, or no record is in it.
    """
    every = list(records)
    check_split(split, {record.split for record in every})
    return [record for record in every if split == "all" or record.split in MEMBERS[split]]
