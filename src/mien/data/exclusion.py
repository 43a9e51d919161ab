"""Leaves out the faces that a CSV lists, such as an audit's."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.data.join import match_names, read_lines, with_faces
from mien.data.join_check import LABELS, check_labels, is_by_number
from mien.data.samples import Samples
from mien.errors import DataError, did_you_mean
from mien.words import counted, plural, spaced

_FIX = (
    "Name a CSV that lists the faces in its column name: the audit.csv that mien data audit writes,"
    " or a list of your own."
)
_OTHER_DATA = "Use the list that was made from this data; mien data audit makes one."

_OLD_REASONS = {
    "exact_twin": "exact_duplicate",
    "near_twin": "near_duplicate",
    "mirrored_twin": "mirrored_duplicate",
}
"""Codes that earlier versions of mien wrote, with their present ones."""


@dataclasses.dataclass(frozen=True, eq=False)
class Exclusion:
    """The faces of a data set that a CSV lists."""

    path: Path
    """The CSV."""
    listed: NDArray[np.bool_]
    """Whether each face is listed for a reason that counts, ``bool [N]``."""
    by_reason: dict[str, NDArray[np.bool_]]
    """The same for each reason that counts, ``bool [N]``; empty where the CSV gives none."""
    unchecked: bool = False
    """Whether nothing shows that the CSV was made from this data."""
    known_reasons: frozenset[str] = frozenset()
    """All reasons in the CSV, including those that do not count."""

    def within(self, rows: NDArray[np.bool_]) -> Exclusion:
        """Return the same for only the faces that ``rows`` marks, ``bool [N]``."""
        by_reason = {reason: faces & rows for reason, faces in self.by_reason.items()}
        return dataclasses.replace(self, listed=self.listed & rows, by_reason=by_reason)

    def counts(self) -> dict[str, int]:
        """Count the faces by reason; a face may be listed for several."""
        return {reason: int(faces.sum()) for reason, faces in self.by_reason.items()}

    def in_words(self, of: str) -> str:
        """Say how many faces are left out of, say, ``"the split"``, and for which reasons."""
        return about_left_out(int(self.listed.sum()), self.path.name, self.counts(), of)


def about_left_out(number: int, file: str, reasons: Mapping[str, int], of: str) -> str:
    """Say how many faces were left out, and for which reasons.

    Parameters
    ----------
    number
        The faces left out.
    file
        Name of the CSV that lists them.
    reasons
        Faces by reason, as `Exclusion.counts` returns them.
    of
        What they were left out of, such as ``"the split"``.
    """
    faces = counted(number, f"face of {of} was", f"faces of {of} were")
    text = f"{faces} left out, as {file} lists {plural(number, 'it', 'them')}"
    named = ", ".join(f"{spaced(name)} {n:,}" for name, n in reasons.items() if n)
    more = "; a face may have several reasons" if sum(reasons.values()) > number else ""
    return f"{text} ({named}{more})." if named else f"{text}."


def exclude(
    samples: Samples,
    csv_path: str | Path,
    reasons: Collection[str] | None = None,
    split: str | None = None,
) -> Samples:
    """Drop the faces whose names a CSV lists.

    Parameters
    ----------
    samples, csv_path, reasons
        As for `read_exclusion`.
    split
        Drop only faces of this split; of every split if None.

    Returns
    -------
    Samples
        The other faces, in their order.

    Raises
    ------
    DataError
        As `read_exclusion` does.
    """
    listed = read_exclusion(samples, csv_path, reasons).listed
    if split is not None:
        listed = listed & (samples.splits == split)
    return samples[~listed] if listed.any() else samples


def read_exclusion(
    samples: Samples, csv_path: str | Path, reasons: Collection[str] | None = None
) -> Exclusion:
    """Find the faces whose names a CSV lists.

    Parameters
    ----------
    samples
        The faces.
    csv_path
        CSV with a column ``name`` or ``file``, such as the audit.csv of ``mien data audit`` or a
        list of your own; a name may occur in several rows. A column ``label`` or
        ``expression`` must give the faces' own labels.
    reasons
        Only the rows with one of these in their column ``reason`` count; all if None.

    Raises
    ------
    DataError
        If the file cannot be read, lacks a column, names a face that the data does not have, or
        gives another label for one.
    """
    path = Path(csv_path)
    rows = _rows(path, reasons)
    stated = {
        row["name"]: row[column] for row in rows for column in LABELS[::-1] if row.get(column)
    }
    check_labels(path, stated, samples, "exclude")
    chosen = [row for row in rows if reasons is None or row["reason"] in _today(reasons)]
    names = sorted({row["name"] for row in chosen})
    places = match_names(names, samples.names.tolist(), path, _OTHER_DATA, "exclude")
    by_name = dict(zip(names, places.tolist(), strict=True))
    by_reason: dict[str, NDArray[np.bool_]] = {}
    if (rows and "reason" in rows[0]) or reasons is not None:
        for reason in sorted({row["reason"] for row in chosen} | _today(reasons or ())):
            of_it = [by_name[row["name"]] for row in chosen if row["reason"] == reason]
            by_reason[reason] = _marked(of_it, len(samples))
    unchecked = not stated and is_by_number(names)
    known = frozenset(row.get("reason", "") for row in rows) - {""}
    return Exclusion(path, _marked(places, len(samples)), by_reason, unchecked, known)


def check_reasons(exclusion: Exclusion) -> None:
    """Refuse reasons for which the CSV has no row: they are misspelt, or belong to another list.

    Raises
    ------
    DataError
        If a reason of the exclusion is not one of the CSV's.
    """
    known = exclusion.known_reasons
    for reason in exclusion.by_reason:
        if reason not in known:
            raise DataError(
                f"{exclusion.path} lists no face for the reason {reason!r}."
                f" {did_you_mean(reason, known)}".strip(),
                f"Its reasons are {', '.join(sorted(known)) or 'not given'}.",
                "exclude_reasons",
            )


def _rows(path: Path, reasons: Collection[str] | None) -> list[dict[str, str]]:
    """Read the rows that name a face, with the present codes of their reasons."""
    heading, *lines = read_lines(path, _FIX, "exclude") or [[]]
    heading = with_faces(heading, "name")
    for column in ("name",) if reasons is None else ("name", "reason"):
        if column not in heading:
            raise DataError(
                f"Expected a column {column!r} in {path}, found {', '.join(heading) or 'none'}.",
                _FIX,
                "exclude",
            )
    width = len(heading)
    rows = [dict(zip(heading, [*line, *[""] * width], strict=False)) for line in lines]
    if "reason" in heading:
        rows = [row | {"reason": _OLD_REASONS.get(row["reason"], row["reason"])} for row in rows]
    return [row for row in rows if row["name"]]


def _today(reasons: Collection[str]) -> set[str]:
    """Return the present codes of reasons."""
    return {_OLD_REASONS.get(reason, reason) for reason in reasons}


def _marked(places: Sequence[int] | NDArray[np.intp], count: int) -> NDArray[np.bool_]:
    marked = np.zeros(count, dtype=np.bool_)
    marked[np.asarray(places, dtype=np.intp)] = True
    return marked
