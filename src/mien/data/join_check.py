"""Checks that a small file about faces was made from the data that it is joined with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from mien.data.samples import Samples
from mien.errors import DataError

LABELS = ("label", "expression")
"""Names that a column of the faces' own labels may have."""

_ROW = re.compile(r"row \d+")


def check_labels(path: Path, stated: Mapping[str, str], samples: Samples, setting: str) -> None:
    """Refuse a file whose labels are not the data's: it was made from other data.

    Parameters
    ----------
    path
        The file, for the message.
    stated
        Its labels by the names of the faces.
    samples
        The data.
    setting
        The setting that names the file.

    Raises
    ------
    DataError
        If a face has another label in the data.
    """
    names = samples.vocabulary.names
    own = dict(zip(samples.names.tolist(), samples.labels.tolist(), strict=True))
    other = [
        name for name, label in stated.items() if name in own and names[own[name]] != label
    ]
    if other:
        first = other[0]
        raise DataError(
            f"{path} was made from other data: it labels {first} {stated[first]}, and the data"
            f" {names[own[first]]}; so do {len(other):,} of its {len(stated):,} faces.",
            "Use the file that was made from this data.",
            setting,
        )


def is_by_number(names: Iterable[str]) -> bool:
    """Return whether faces are named by row numbers alone, which would fit any data."""
    listed = list(names)
    return bool(listed) and all(_ROW.fullmatch(name) for name in listed)


def about_unchecked(path: str | Path) -> str:
    """Say that a file cannot be checked against the data."""
    return (
        f"{path} names faces by row numbers alone, so nothing shows whether it was made from this"
        " data. A column label would allow a check."
    )
