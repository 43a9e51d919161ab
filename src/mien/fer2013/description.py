"""Counts what a data set holds, and shows it."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from mien.errors import DataError
from mien.fer2013.figures import draw_counts, draw_samples
from mien.fer2013.samples import UNDER, Samples
from mien.fer2013.twins import fingerprints

ORDER = ("train", "public", "private", "test", "all")
"""The splits a face can be in, as they are listed."""


@dataclasses.dataclass(frozen=True)
class Twins:
    """How many faces of a data set are pixel-identical to others."""

    groups: int
    """Groups of two or more identical faces."""
    faces: int
    """Faces in these groups."""
    conflicting_groups: int
    """Groups whose faces have different labels."""
    conflicting_faces: int
    """Faces in these."""
    test_in_train: int
    """Faces of the test splits that are identical to one of train."""


@dataclasses.dataclass(frozen=True)
class Description:
    """What a data set holds."""

    n: int
    """Number of faces."""
    sha256: str
    """SHA-256 of the content."""
    counts: dict[str, dict[str, int]]
    """Faces by split, then by class name."""
    twins: Twins
    """Its pixel-identical faces."""
    skipped: tuple[str, ...]
    """One sentence for each bad picture that was left out."""
    files: tuple[Path, ...]
    """What was written: ``counts.json``, ``counts.png`` and ``samples.png``."""

    def to_dict(self) -> dict[str, Any]:
        """Give everything but the files, as counts.json holds it."""
        values = dataclasses.asdict(self)
        del values["files"]
        return values | {"skipped": list(self.skipped)}


def describe(samples: Samples, out: Path) -> Description:
    """Count the faces by class and split, find twins, and draw both counts and examples.

    Parameters
    ----------
    samples
        The data set.
    out
        Folder for ``counts.json``, ``counts.png`` and ``samples.png``; made if it is missing.

    Returns
    -------
    Description
        What was counted, and the files written.

    Raises
    ------
    DataError
        If a file cannot be written.
    MissingExtraError
        If matplotlib is not installed.
    """
    files = tuple(out / name for name in ("counts.json", "counts.png", "samples.png"))
    made = Description(
        n=len(samples),
        sha256=samples.sha256,
        counts=count(samples),
        twins=count_twins(samples),
        skipped=samples.skipped,
        files=files,
    )
    try:
        out.mkdir(parents=True, exist_ok=True)
        files[0].write_text(json.dumps(made.to_dict(), indent=2) + "\n", encoding="utf-8")
        draw_counts(made.counts, files[1])
        draw_samples(samples, files[2])
    except OSError as error:
        raise DataError(
            f"Cannot write to {out}: {error.strerror}.", "Name another folder with --out."
        ) from error
    return made


def count(samples: Samples) -> dict[str, dict[str, int]]:
    """Count the faces by split, then by class name; only the splits that are there."""
    there = set(samples.splits.tolist())
    return {
        split: samples[samples.splits == split].counts() for split in ORDER if split in there
    }


def count_twins(samples: Samples) -> Twins:
    """Count the pixel-identical faces, and those of them whose labels differ."""
    groups: dict[bytes, list[int]] = defaultdict(list)
    for row, print_ in enumerate(fingerprints(samples)):
        groups[print_].append(row)
    twins = [rows for rows in groups.values() if len(rows) > 1]
    conflicting = [rows for rows in twins if len(set(samples.labels[rows].tolist())) > 1]
    train, test = samples.splits == "train", np.isin(samples.splits, UNDER["test"])
    return Twins(
        groups=len(twins),
        faces=sum(map(len, twins)),
        conflicting_groups=len(conflicting),
        conflicting_faces=sum(map(len, conflicting)),
        test_in_train=sum(int(test[rows].sum()) for rows in twins if train[rows].any()),
    )
