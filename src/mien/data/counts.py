"""Counts the faces of a data set by class and split, and the duplicates among them."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

import numpy as np

from mien.data.duplicates import fingerprints
from mien.data.samples import MEMBERS, Samples

SPLIT_ORDER = ("train", "validation", "public", "private", "test", "all")
"""The splits a face can be in, as they are listed."""


@dataclasses.dataclass(frozen=True)
class DuplicateCounts:
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


def count(samples: Samples) -> dict[str, dict[str, int]]:
    """Count the faces by split, then by class name; splits without a face are left out."""
    present = set(samples.splits.tolist())
    return {
        split: samples[samples.splits == split].counts()
        for split in SPLIT_ORDER
        if split in present
    }


def count_duplicates(samples: Samples) -> DuplicateCounts:
    """Count the pixel-identical faces, and those of them whose labels differ."""
    rows_by_print: dict[bytes, list[int]] = defaultdict(list)
    for row, print_ in enumerate(fingerprints(samples)):
        rows_by_print[print_].append(row)
    groups = [rows for rows in rows_by_print.values() if len(rows) > 1]
    conflicting = [rows for rows in groups if len(set(samples.labels[rows].tolist())) > 1]
    train, test = samples.splits == "train", np.isin(samples.splits, MEMBERS["test"])
    return DuplicateCounts(
        groups=len(groups),
        faces=sum(map(len, groups)),
        conflicting_groups=len(conflicting),
        conflicting_faces=sum(map(len, conflicting)),
        test_in_train=sum(int(test[rows].sum()) for rows in groups if train[rows].any()),
    )
