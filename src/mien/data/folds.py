"""Divides a data set without separating duplicates: into folds, or for a validation set."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from mien.classes import Vocabulary
from mien.data.duplicates import group, near_pairs
from mien.data.samples import Samples
from mien.errors import DataError

_FEW = 10
"""Faces of a class below which its pictures are never divided."""


def pictures(samples: Samples) -> NDArray[np.intp]:
    """Return the number of the picture that each face shows, ``intp [N]``; duplicates share one.

    Faces show the same picture if they are equal in every pixel, or near or mirrored duplicates by
    `mien.data.duplicates.near_pairs`, also along a chain of such duplicates.
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
        What must stay together, ``intp [N]``, as `pictures` returns it.
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
    for label in np.unique(labels):
        ours = random.permutation(np.flatnonzero(labels[firsts] == label))
        loads = np.zeros(folds, dtype=np.intp)
        # The largest first: the many single faces that follow even the folds out.
        for place in ours[np.argsort(-sizes[ours], kind="stable")]:
            dealt[place] = loads.argmin()
            loads[dealt[place]] += sizes[place]
    return dealt[places]


def check_enough(
    labels: NDArray[np.int8], pictures: NDArray[np.intp], folds: int, vocabulary: Vocabulary
) -> None:
    """Refuse data with a class that cannot be in every fold.

    Raises
    ------
    DataError
        If a class that is present has fewer pictures than there are folds, or there is no face.
    """
    counts = {
        vocabulary.names[label]: len(np.unique(pictures[labels == label]))
        for label in np.unique(labels)
    }
    scarce = min(counts, key=lambda name: counts[name], default=None)
    if scarce is None or counts[scarce] < folds:
        there = "no face" if scarce is None else f"{counts[scarce]} of {scarce}"
        raise DataError(
            f"Expected at least {folds} different faces of each class for {folds} folds, found"
            f" {there}.",
            "Use fewer folds, or more data.",
            "folds",
        )


@dataclasses.dataclass(frozen=True, eq=False)
class ValidationDraw:
    """Which Training faces validate."""

    rows: NDArray[np.intp]
    """Rows of the drawn faces, in the order of the data."""
    near_duplicates_apart: bool
    """Whether near duplicates may be on both sides, since a class consists of hardly anything
    else, such as the frames of a clip; validation scores are then too high."""


def draw_validation(samples: Samples, share: float, seed: int) -> ValidationDraw:
    """Draw a share of the split ``train`` to validate on.

    The same share of each class is drawn, to within one picture, and at least one picture of each
    class that has two; all duplicates of a picture (`pictures`) stay on one side. Where more
    than half of a class of at least 10 faces is one picture, only pixel-identical faces are kept
    together, since the class could not be divided otherwise.

    Parameters
    ----------
    samples
        The data.
    share
        Part of the Training faces, above 0 and below 1.
    seed
        The same seed draws the same faces.

    Raises
    ------
    DataError
        If the share is out of range, there is no Training face, or no class has two faces that
        differ.
    """
    if not 0 < share < 1:
        raise DataError(
            f"Expected a share above 0 and below 1, got {share}.",
            "Use for example 0.15.",
            "validation",
        )
    rows = np.flatnonzero(samples.splits == "train")
    train = samples[rows]
    same = pictures(train)
    apart = _is_one_picture(train.labels, same)
    if apart:
        same = _identical(train)
    drawn = _draw(train.labels, same, share, np.random.default_rng(seed))
    if not drawn.any():
        raise DataError(
            f"Expected two different Training faces of a class, one of them to validate on, found"
            f" none among {len(rows):,}{_of_copies(train)}.",
            "Use more data.",
        )
    return ValidationDraw(rows[drawn], apart)


def _of_copies(samples: Samples) -> str:
    """Name the classes with several faces, all of them one picture, as the end of a sentence."""
    names = [
        name
        for number, name in enumerate(samples.vocabulary.names)
        if (samples.labels == number).sum() > 1
    ]
    if not names:
        return ""
    return f": all faces of {' and of '.join(names)} are copies of one picture"


def marked(samples: Samples, draw: ValidationDraw) -> Samples:
    """Mark the drawn faces as the split ``validation``.

    The other splits stay as they are, faces that were marked as validation or public before among
    them, and so does the SHA-256.
    """
    splits = samples.splits.astype(np.dtype("<U10"))
    splits[draw.rows] = "validation"
    return dataclasses.replace(samples, splits=splits)


def _identical(samples: Samples) -> NDArray[np.intp]:
    """Return one number for all pixel-identical faces, ``intp [N]``."""
    numbers = np.zeros(len(samples), dtype=np.intp)
    for number, rows in enumerate(group(samples)):
        numbers[rows] = number
    return numbers


def _is_one_picture(labels: NDArray[np.int8], pictures: NDArray[np.intp]) -> bool:
    """Tell whether more than half of a class of some size is one picture."""
    for label in np.unique(labels):
        sizes = np.unique(pictures[labels == label], return_counts=True)[1]
        if sizes.sum() >= _FEW and sizes.max() > sizes.sum() / 2:
            return True
    return False


def _draw(
    labels: NDArray[np.int8],
    pictures: NDArray[np.intp],
    share: float,
    random: np.random.Generator,
) -> NDArray[np.bool_]:
    """Mark a share of each class's faces, ``bool [N]``; a picture counts by its first face."""
    _, firsts, places, sizes = np.unique(
        pictures, return_index=True, return_inverse=True, return_counts=True
    )
    marked = np.zeros(len(sizes), dtype=np.bool_)
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels[firsts] == label))
        if len(members) > 1:
            target = share * float(sizes[members].sum())
            marked[_near(target, members, sizes)] = True
    return marked[places]


def _near(
    target: float, members: NDArray[np.intp], sizes: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return some of the members, but not all, whose sizes add up to about the target.

    A member that would exceed the target is skipped, so that no large group of duplicates takes the
    place of many pictures. At the end the member that comes nearest to the target is added if that
    brings the sum nearer. At least one member is returned.
    """
    chosen: list[np.intp] = []
    left: list[np.intp] = []
    total = 0
    for member in members:
        fits = total + sizes[member] <= target
        (chosen if fits else left).append(member)
        total += int(sizes[member]) if fits else 0
    last = min(left, key=lambda member: abs(total + sizes[member] - target))
    nearer = abs(total + sizes[last] - target) < abs(total - target)
    if (nearer and len(left) > 1) or not chosen:
        chosen.append(last)
    return np.array(chosen, dtype=np.intp)
