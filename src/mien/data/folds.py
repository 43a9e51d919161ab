"""Cuts a data set into folds, so that each face can be judged by who never saw it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.classes import NAMES
from mien.data.duplicates import group, near_pairs
from mien.data.samples import Samples
from mien.errors import DataError


def pictures(samples: Samples) -> NDArray[np.intp]:
    """Give all faces of the same picture one number of their own, ``intp [N]``.

    The same picture are faces that are equal in every pixel, or near or mirrored twins by
    `mien.data.duplicates.near_pairs`, also along a chain of such twins.
    """
    groups = group(samples)
    pairs = near_pairs(samples.images[[rows[0] for rows in groups]])
    parents = list(range(len(groups)))

    def root(place: int) -> int:
        while parents[place] != place:
            # Halves the way for whoever comes next.
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    for first, second in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
        parents[root(second)] = root(first)
    numbers = np.zeros(len(samples), dtype=np.intp)
    for place, rows in enumerate(groups):
        numbers[rows] = root(place)
    return numbers


def cut(
    labels: NDArray[np.int8], pictures: NDArray[np.intp], folds: int, seed: int
) -> NDArray[np.intp]:
    """Deal faces to folds, each class evenly and each picture whole.

    Parameters
    ----------
    labels
        Class numbers, ``int8 [N]``; a picture whose faces differ counts by its first.
    pictures
        What must stay together, ``intp [N]``, as `pictures` gives it.
    folds
        Number of folds.
    seed
        The same seed deals the same.

    Returns
    -------
    numpy.ndarray
        The fold of each face, ``intp [N]``, from 0. A class of fewer pictures than folds is in
        the first folds alone.
    """
    random = np.random.default_rng(seed)
    _, firsts, places, sizes = np.unique(
        pictures, return_index=True, return_inverse=True, return_counts=True
    )
    dealt = np.zeros(len(sizes), dtype=np.intp)
    for label in range(len(NAMES)):
        ours = random.permutation(np.flatnonzero(labels[firsts] == label))
        loads = np.zeros(folds, dtype=np.intp)
        # The largest first: the many single faces that follow even the folds out.
        for place in ours[np.argsort(-sizes[ours], kind="stable")]:
            dealt[place] = loads.argmin()
            loads[dealt[place]] += sizes[place]
    return dealt[places]


def check_enough(labels: NDArray[np.int8], pictures: NDArray[np.intp], folds: int) -> None:
    """Refuse data with a class that cannot be in every fold.

    Raises
    ------
    DataError
        If a class that is there has fewer pictures than there are folds, or there is no face.
    """
    counts = [len(np.unique(pictures[labels == label])) for label in range(len(NAMES))]
    there = {name: count for name, count in zip(NAMES, counts, strict=True) if count}
    scarce = min(there, key=lambda name: there[name], default=None)
    if scarce is None or there[scarce] < folds:
        found = "no face" if scarce is None else f"{there[scarce]} of {scarce}"
        raise DataError(
            f"Expected at least {folds} different faces of each class for {folds} folds, found"
            f" {found}.",
            "Use fewer --folds, or more data.",
        )
