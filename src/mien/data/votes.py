"""Reads the votes of FER+, whose ten taggers looked at each face of FER-2013 again."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.data.join import read_lines
from mien.data.labels import split_of_usage
from mien.data.samples import MEMBERS, Samples
from mien.data.votes_fit import check_fit
from mien.errors import DataError

COLUMNS = (
    *("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"),
    *("contempt", "unknown", "NF"),
)
"""What could be voted for: the seven classes in our order, and what is not one of them."""

_NAME = re.compile(r"row (\d+)|(?:.*/)?(?:training|publictest|privatetest)_(\d+)\.\w+", re.I)
_PICTURE = re.compile(r"fer(\d+)\.png", re.I)
_ORIGINAL = "Use data whose numbers are the rows of the original fer2013.csv."
_FIX = "Name fer2013new.csv as Microsoft's FERPlus repository publishes it."


@dataclasses.dataclass(frozen=True, eq=False)
class Votes:
    """The votes of FER+, in the rows of the original fer2013.csv."""

    path: Path
    """The file they were read from."""
    counts: NDArray[np.int64]
    """Votes for each of `COLUMNS`, ``int64 [rows, 10]``."""
    splits: tuple[str, ...]
    """``train``, ``public`` or ``private``, by row."""
    setting: str = "votes"
    """The setting that names the file, for errors."""

    def of(self, samples: Samples, beside: Samples | None = None) -> NDArray[np.int64]:
        """Return the votes for faces by the row numbers in their names, checked to fit.

        Parameters
        ----------
        samples
            Faces named ``row N``, or as ``PublicTest_N.jpg`` in any folder.
        beside
            More faces of the same data, whose labels help to tell whether the rows are the
            original ones. Faces whose names hold no row number of their split are left out.

        Returns
        -------
        numpy.ndarray
            ``int64 [N, 10]``, in the order of ``samples``.

        Raises
        ------
        DataError
            If the classes are not FER-2013's, a name holds no number, or one whose row is missing
            or of another split, or the labels show that the votes are of other faces.
        """
        if not samples.vocabulary.is_fer2013:
            raise DataError(
                f"FER+'s votes are for FER-2013's classes, and the data has"
                f" {samples.vocabulary.in_words()}.",
                "Leave the votes out, or use FER-2013.",
                self.setting,
            )
        rows = self._rows(samples)
        if beside is None:
            check_fit(samples.labels, rows, self.counts, self.path, self.setting)
        else:
            numbered = beside[self._have_rows(beside)]
            check_fit(numbered.labels, self._rows(numbered), self.counts, self.path, self.setting)
        return self.counts[rows]

    def _have_rows(self, samples: Samples) -> NDArray[np.bool_]:
        """Mark the faces whose names hold a row number of their split, ``bool [N]``."""
        marked = np.zeros(len(samples), dtype=np.bool_)
        pairs = zip(samples.names.tolist(), samples.splits.tolist(), strict=True)
        for place, (name, split) in enumerate(pairs):
            with contextlib.suppress(DataError):
                self._row(name, split)
                marked[place] = True
        return marked

    def _rows(self, samples: Samples) -> NDArray[np.intp]:
        """Find the row of each face, ``intp [N]``."""
        pairs = zip(samples.names.tolist(), samples.splits.tolist(), strict=True)
        return np.array([self._row(name, split) for name, split in pairs], dtype=np.intp)

    def _row(self, name: str, split: str) -> int:
        """Find the row of one face, and check that it can be the face's."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise DataError(
                f"Expected a row number in the name of each face, got {name!r}.",
                "Votes go with fer2013.csv, or with pictures named as PublicTest_28709.jpg.",
                self.setting,
            )
        row = int(match[1] or match[2])
        if row >= len(self.splits):
            raise DataError(
                f"{name} names row {row}, and {self.path} has {len(self.splits):,} rows.",
                _ORIGINAL,
                self.setting,
            )
        if split != "all" and self.splits[row] not in MEMBERS[split]:
            raise DataError(
                f"{name} is of the split {split}, but its row in {self.path} is of"
                f" {self.splits[row]}.",
                _ORIGINAL,
                self.setting,
            )
        return row


def read_votes(path: Path, setting: str = "votes") -> Votes:
    """Read FER+'s votes.

    Parameters
    ----------
    path
        fer2013new.csv: the columns ``Usage`` and `COLUMNS`, a row for each row of fer2013.csv.
    setting
        The setting that names the file, for errors.

    Raises
    ------
    DataError
        If it is not such a file, a row is missing, or the rows are in another order.
    """
    lines = read_lines(path, _FIX, setting)
    refuse = functools.partial(DataError, fix=_FIX, setting=setting)
    header = [name.strip() for name in lines[0]] if lines else []
    missing = [name for name in ("Usage", *COLUMNS) if name not in header]
    if missing:
        raise refuse(f"Expected FER+ votes in {path}, found no column {', '.join(missing)}.")
    places = [header.index(name) for name in COLUMNS]
    usage = header.index("Usage")
    rows = []
    for number, line in enumerate(lines[1:]):
        try:
            rows.append(_cells(line, usage, places))
        except (IndexError, ValueError) as error:
            raise refuse(
                f"Expected a usage and {len(COLUMNS)} counts in row {number} of {path}, got"
                f" {','.join(line)[:80]!r}."
            ) from error
    if "Image name" in header:
        names = [line[header.index("Image name")] for line in lines[1:]]
        if problem := _disorder(path, names):
            raise refuse(problem)
    counts = np.array([cells for _, cells in rows], dtype=np.int64).reshape(-1, len(COLUMNS))
    return Votes(path, counts, tuple(split for split, _ in rows), setting)


def _disorder(path: Path, names: Sequence[str]) -> str:
    """Say that the rows of a file were sorted or that some are missing; empty if all is well.

    The pictures are numbered in the order of the rows. Those that show no face have no name, and
    only some of them took a number. Names that occur twice are out of order, so they do not count.
    """
    times = Counter(names)
    once = ((row, name) for row, name in enumerate(names) if times[name] == 1)
    numbers = [(row, match) for row, name in once if (match := _PICTURE.fullmatch(name))]
    for (row, match), (next_row, next_match) in itertools.pairwise(numbers):
        step = int(next_match[1]) - int(match[1])
        if not 1 <= step <= next_row - row:
            problem = (
                f"The rows of {path} were reordered" if step < 1
                else f"{path} lacks rows of the original"
            )
            return (
                f"{problem}: {match[0]} in row {row} is followed by {next_match[0]} in row"
                f" {next_row}, counted from 0 as in the names of the data."
            )
    return ""


def _cells(line: Sequence[str], usage: int, places: Sequence[int]) -> tuple[str, list[int]]:
    """Return the split and the votes of one row; IndexError or ValueError if it is malformed."""
    split, cells = split_of_usage(line[usage]), [int(line[place]) for place in places]
    if split is None or min(cells) < 0:
        raise ValueError(line)
    return split, cells
