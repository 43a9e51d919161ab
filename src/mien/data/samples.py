"""The labelled faces that everything downstream works on."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from mien.classes import FER2013, Vocabulary
from mien.data.photos import WholePhotos
from mien.errors import DataError

SPLITS: tuple[str, ...] = ("train", "validation", "public", "private", "test", "all")
"""Names a split can be asked by; ``test`` is public and private together, and FER-2013's
``public`` is its validation set."""

MEMBERS = {
    "train": ("train",),
    "validation": ("validation", "public"),
    "public": ("public",),
    "private": ("private",),
    "test": ("test", "public", "private"),
}
"""What `Samples.splits` may hold for each split that can be asked by, except for ``all``."""


@dataclasses.dataclass(frozen=True)
class Samples:
    """Labelled faces, in the order in which they were read.

    Raises
    ------
    DataError
        If the arrays do not fit together.
    """

    images: NDArray[np.uint8]
    """Face crops, ``uint8 [N, H, W]`` if gray, or RGB ``uint8 [N, H, W, 3]``; may be mapped from
    a file and read-only."""
    labels: NDArray[np.int8]
    """Class numbers in the order of `vocabulary`, ``int8 [N]``."""
    splits: NDArray[np.str_]
    """Where each face belongs, ``[N]``: ``train``, ``validation``, ``public``, ``private``,
    ``test`` (a test picture whose name does not say which), or ``all`` where the data has no
    splits."""
    names: NDArray[np.str_]
    """The file or row each face came from, ``[N]``."""
    sha256: str
    """SHA-256 of the content that was read."""
    skipped: tuple[str, ...] = ()
    """One sentence for each picture that was bad and left out (``skip_bad``)."""
    vocabulary: Vocabulary = FER2013
    """The classes that the labels number."""
    whole_photos: WholePhotos | None = None
    """Set if most pictures look like whole photos, though they were read as crops."""

    def __post_init__(self) -> None:
        lengths = {len(self.images), len(self.labels), len(self.splits), len(self.names)}
        shape = self.images.shape
        if len(shape) not in (3, 4) or shape[3:] not in ((), (3,)) or len(lengths) != 1:
            raise DataError(
                "Expected images [N, H, W] or [N, H, W, 3] with as many labels, splits and names,"
                f" got {list(shape)} with {sorted(lengths)}.",
                "Make them with mien.data.read.",
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Samples:
        return dataclasses.replace(
            self,
            images=self.images[rows],
            labels=self.labels[rows],
            splits=self.splits[rows],
            names=self.names[rows],
        )

    def split(self, name: str) -> Samples:
        """Pick one split.

        Parameters
        ----------
        name
            One of `SPLITS`.

        Raises
        ------
        DataError
            If the name is not a split, or the data has no face in it.
        """
        check_split(name, set(self.splits.tolist()))
        return self if name == "all" else self[np.isin(self.splits, MEMBERS[name])]

    def subset(self, fraction: float, seed: int) -> Samples:
        """Draw a part that keeps the classes' shares, at least one face of each class there.

        Parameters
        ----------
        fraction
            Part to keep, above 0 and up to 1.
        seed
            The same seed draws the same faces.

        Raises
        ------
        DataError
            If the fraction is out of range.
        """
        if not 0 < fraction <= 1:
            raise DataError(
                f"Expected a fraction above 0 and up to 1, got {fraction}.",
                "Use for example 0.1.",
                "subset",
            )
        random = np.random.default_rng(seed)
        parts = []
        for label in np.unique(self.labels):
            rows = np.flatnonzero(self.labels == label)
            keep = max(1, round(fraction * len(rows)))
            parts.append(random.permutation(rows)[:keep])
        return self[np.sort(np.concatenate(parts))] if parts else self

    def counts(self) -> dict[str, int]:
        """Count the faces of each class, by name in class order."""
        names = self.vocabulary.names
        counts = np.bincount(self.labels, minlength=len(names)).tolist()
        return dict(zip(names, counts, strict=True))

    def relabelled(self, vocabulary: Vocabulary) -> Samples:
        """Return the faces with labels numbered by another vocabulary, such as a network's.

        Raises
        ------
        DataError
            If a face is of a class that the other vocabulary does not have.
        """
        if vocabulary.names == self.vocabulary.names:
            return dataclasses.replace(self, vocabulary=vocabulary)
        there = {self.vocabulary.names[label] for label in np.unique(self.labels)}
        unknown = sorted(there - set(vocabulary.names))
        if unknown:
            raise DataError(
                f"The data has faces of {', '.join(unknown[:5])}, which the network does not know:"
                f" it tells apart {vocabulary.in_words()}.",
                "Use a network that was trained on these classes, or leave the faces out.",
            )
        table = np.zeros(len(self.vocabulary), dtype=np.int8)
        for name in there:
            table[self.vocabulary.index(name)] = vocabulary.index(name)
        return dataclasses.replace(self, labels=table[self.labels], vocabulary=vocabulary)


def check_split(name: str, present: set[str]) -> None:
    """Refuse a split that does not exist or has no face.

    Parameters
    ----------
    name
        What was asked for.
    present
        What the data holds, as in `Samples.splits`.

    Raises
    ------
    DataError
        If the name is not one of `SPLITS`, or nothing present belongs to it.
    """
    if name not in SPLITS:
        raise DataError(f"There is no split {name!r}.", f"Use one of {', '.join(SPLITS)}.", "split")
    if name != "all" and not present & set(MEMBERS[name]):
        raise DataError(
            f"The data has no split {name!r}; it has {', '.join(sorted(present)) or 'no faces'}.",
            "Use the split all for data without splits, or name a split that it has.",
            "split",
        )
