"""Scores by group of faces, such as an age or the kind of light, and the gaps between groups."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.classes import Vocabulary
from mien.data.join import match_names, read_lines, with_faces
from mien.errors import DataError
from mien.evaluation.bootstrap import Labels, Probabilities
from mien.evaluation.results import Column, Gap, Group
from mien.evaluation.scores import headline

MOST_GROUPS = 100
"""Groups that a column may have; more are a measurement rather than groups."""

SMALL = 30
"""Faces below which a group is marked as small."""

PERMUTATIONS = 2000
"""Shuffles behind a p-value."""

_MOST_CELLS = 2**21
_ROUNDING = 1e-12

_FIX = "Start it with a line such as file,age,light, and add a line for each face."


@dataclasses.dataclass(frozen=True)
class Groups:
    """The groups that a file assigns to each face."""

    path: Path
    """The file."""
    columns: Mapping[str, Mapping[str, str]]
    """The group of each file, by column; empty cells are left out."""
    files: frozenset[str]
    """Every file that it names."""

    def of(self, names: Sequence[str]) -> Groups:
        """Look up the faces of a data set.

        Parameters
        ----------
        names
            All names in the data, as ``Samples.names``. A file is looked up by its whole name,
            or by what follows the last slash if that is unique.

        Raises
        ------
        DataError
            If a file is not in the data, or two of the lines mean the same face.
        """
        files = sorted(self.files)
        rows = match_names(files, names, self.path, setting="groups")
        known = {file: names[row] for file, row in zip(files, rows, strict=True)}
        columns = {
            column: {known[file]: group for file, group in groups.items()}
            for column, groups in self.columns.items()
        }
        return Groups(self.path, columns, frozenset(known.values()))

    def codes(
        self, column: str, names: Sequence[str]
    ) -> tuple[list[str], NDArray[np.intp]]:
        """Return a column's groups in order, and the group number of each face, ``intp [N]``.

        A face without a group has -1. Groups without a face are left out.
        """
        groups = self.columns[column]
        there = sorted({groups[name] for name in names if name in groups})
        numbers = {group: number for number, group in enumerate(there)}
        codes = [numbers[groups[name]] if name in groups else -1 for name in names]
        return there, np.array(codes, dtype=np.intp)


def group_scores(
    probabilities: Probabilities,
    labels: Labels,
    names: Sequence[str],
    groups: Groups,
    vocabulary: Vocabulary,
    seed: int = 0,
) -> dict[str, Column]:
    """Score a network by group.

    Parameters
    ----------
    probabilities, labels, names
        ``float32 [N, K]``, ``int8 [N]`` and the N names of the faces.
    groups
        The groups of the faces.
    vocabulary
        The K classes.
    seed
        Seed of bootstrap and permutations.

    Returns
    -------
    dict
        The scores by column of the groups file.
    """
    right = probabilities.argmax(axis=1) == labels
    columns = {}
    for name in groups.columns:
        there, codes = groups.codes(name, names)
        parts = {}
        for code, group in enumerate(there):
            rows = codes == code
            few = headline(probabilities[rows], labels[rows], vocabulary, seed)
            parts[group] = Group(**dict(few), small=few.n < SMALL)
        columns[name] = _column(parts, right, codes, there, seed)
    return columns


def _column(
    parts: dict[str, Group],
    right: NDArray[np.bool_],
    codes: NDArray[np.intp],
    names: Sequence[str],
    seed: int,
) -> Column:
    """Add the gaps to the scores of a column's groups."""
    column = Column(
        groups=parts,
        without_group=int((codes < 0).sum()),
        gap=gap(right, codes, names, seed),
    )
    large = [code for code, group in enumerate(names) if not parts[group].small]
    if not 1 < len(large) < len(names):
        return column
    kept = np.where(np.isin(codes, large), codes, -1)
    return column.model_copy(update={"gap_without_small": gap(right, kept, names, seed)})


def gap(
    right: NDArray[np.bool_], codes: NDArray[np.intp], names: Sequence[str], seed: int = 0
) -> Gap | None:
    """Find the largest gap in accuracy between two groups, and test it.

    The test deals the right and wrong answers out at random among the faces that have a group,
    and counts how often the largest gap is at least as large (Fisher 1935). Its p-value is 1 more
    than the counted permutations, by 1 more than all, so never 0 (Phipson and Smyth 2010).

    Parameters
    ----------
    right, codes
        Whether each face was read right, and the number of its group (-1 for none), ``[N]``.
    names
        The groups.
    seed
        Seed of the permutations.

    Returns
    -------
    Gap or None
        None with fewer than two groups.
    """
    there = codes[codes >= 0]
    numbers, own = np.unique(there, return_inverse=True)
    if len(numbers) < 2:
        return None
    answers = right[codes >= 0].astype(np.float64)
    members = np.eye(len(numbers))[own]
    sizes = members.sum(axis=0)
    accuracies = answers @ members / sizes
    value = float(np.ptp(accuracies))
    larger = sum(
        int((np.ptp(block @ members / sizes, axis=1) >= value - _ROUNDING).sum())
        for block in _shuffles(answers, seed)
    )
    return Gap(
        value=value,
        highest=names[numbers[accuracies.argmax()]],
        lowest=names[numbers[accuracies.argmin()]],
        p=(larger + 1) / (PERMUTATIONS + 1),
        permutations=PERMUTATIONS,
        seed=seed,
    )


def _shuffles(answers: NDArray[np.float64], seed: int) -> Iterator[NDArray[np.float64]]:
    """Shuffle `PERMUTATIONS` times, in blocks ``float64 [R, N]`` that fit the memory."""
    random = np.random.default_rng(seed)
    rows = max(1, _MOST_CELLS // len(answers))
    for start in range(0, PERMUTATIONS, rows):
        block = np.tile(answers, (min(rows, PERMUTATIONS - start), 1))
        yield random.permuted(block, axis=1, out=block)


def read_groups(path: Path) -> Groups:
    """Read a CSV with the column ``file`` or ``name``, and at least one other.

    Raises
    ------
    DataError
        If it is another file, names a face twice, or a column has over `MOST_GROUPS` groups.
    """
    lines = read_lines(path, _FIX, "groups")
    header = with_faces(lines[0], "file") if lines else []
    _check_header(path, header)
    rows = [_row(path, header, line, number) for number, line in enumerate(lines[1:], start=2)]
    files = [row["file"] for row in rows]
    twice = [name for name, times in Counter(files).items() if times > 1]
    if twice:
        raise DataError(f"{path} names {twice[0]} twice.", "Keep one line for each face.", "groups")
    if not rows:
        raise DataError(f"{path} names no face.", _FIX, "groups")
    columns = {
        column: {row["file"]: row[column] for row in rows if row[column]}
        for column in header
        if column != "file"
    }
    _check_columns(path, columns)
    return Groups(path, columns, frozenset(files))


def _check_header(path: Path, header: Sequence[str]) -> None:
    if "file" not in header or len(header) < 2 or len(set(header)) < len(header):
        raise DataError(
            f"Expected the column file and others, each once, in {path}, found"
            f" {', '.join(header) or 'nothing'}.",
            _FIX,
            "groups",
        )


def _check_columns(path: Path, columns: Mapping[str, Mapping[str, str]]) -> None:
    for column, groups in columns.items():
        count = len(set(groups.values()))
        if count > MOST_GROUPS:
            raise DataError(
                f"The column {column} of {path} has {count:,} groups, over {MOST_GROUPS}.",
                "Put its values into ranges, or leave the column out.",
                "groups",
            )


def _row(path: Path, header: Sequence[str], line: Sequence[str], number: int) -> dict[str, str]:
    cells = [cell.strip() for cell in line]
    if len(cells) != len(header) or not cells[header.index("file")]:
        raise DataError(
            f"Expected a file and {len(header) - 1} groups in record {number} of {path}, got"
            f" {','.join(line)[:80]!r}.",
            _FIX,
            "groups",
        )
    return dict(zip(header, cells, strict=True))
