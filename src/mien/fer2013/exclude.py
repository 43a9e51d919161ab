"""Leaves out the faces that an audit, or a person, has listed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from mien.errors import DataError
from mien.fer2013.lists import read_lines
from mien.fer2013.samples import Samples

_FIX = "Name the audit.csv that mien data audit has written."


def exclude(
    samples: Samples,
    csv_path: str | Path,
    reasons: Collection[str] | None = None,
    split: str | None = None,
) -> Samples:
    """Drop the faces whose names a CSV lists.

    Parameters
    ----------
    samples
        The faces.
    csv_path
        CSV with a column ``name``, such as the audit.csv of ``mien data audit``; a name may
        stand in several rows.
    reasons
        Only the rows with one of these in their column ``reason`` count; all if None.

    split
        Only faces of this split are dropped; of every split if None.

    Returns
    -------
    Samples
        The other faces, in their order.

    Raises
    ------
    DataError
        If the file cannot be read, lacks a column, or names a face that the data does not have.
    """
    path = Path(csv_path)
    names = _names(path, reasons)
    unknown = sorted(names - set(samples.names.tolist()))
    if unknown:
        raise DataError(
            f"{path} names {len(unknown):,} faces that the data does not have, such as"
            f" {unknown[0]!r}.",
            "Use the list that was made from this data; mien data audit makes one.",
        )
    if not names:
        return samples
    listed = np.isin(samples.names, sorted(names))
    return samples[~listed if split is None else ~(listed & (samples.splits == split))]


def _names(path: Path, reasons: Collection[str] | None) -> set[str]:
    """Read the names that are listed for one of the reasons."""
    heading, *lines = read_lines(path, _FIX) or [[]]
    _check(path, heading, reasons)
    rows = [dict(zip(heading, line, strict=False)) for line in lines]
    return {
        row["name"]
        for row in rows
        if row.get("name") and (reasons is None or row.get("reason") in reasons)
    }


def _check(path: Path, columns: Collection[str], reasons: Collection[str] | None) -> None:
    """Refuse a table without the columns that are read."""
    for column in ("name",) if reasons is None else ("name", "reason"):
        if column not in columns:
            raise DataError(
                f"Expected a column {column!r} in {path}, found {', '.join(columns) or 'none'}.",
                _FIX,
            )
