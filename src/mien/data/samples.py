"""The labelled faces that everything downstream works on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.classes import NAMES
from mien.errors import DataError

SIZE = 48
"""Height and width of FER-2013's pictures, in pixels."""

SPLITS: tuple[str, ...] = ("train", "public", "private", "test", "all")
"""Names a split can be asked by; ``test`` is public and private together."""

UNDER = {
    "train": ("train",),
    "public": ("public",),
    "private": ("private",),
    "test": ("test", "public", "private"),
}
"""What `Samples.splits` may hold for each split that can be asked by, but for ``all``."""


@dataclasses.dataclass(frozen=True)
class Samples:
    """Labelled gray faces, in the order in which they were read.

    Raises
    ------
    DataError
        If the arrays do not fit together.
    """

    images: NDArray[np.uint8]
    """Gray faces, ``uint8 [N, 48, 48]``; may be mapped from a file and read-only."""
    labels: NDArray[np.int8]
    """Class numbers 0 to 6, ``int8 [N]``."""
    splits: NDArray[np.str_]
    """Where each face belongs, ``[N]``: ``train``, ``public``, ``private``, ``test`` (a test
    picture whose name does not say which), or ``all`` where the data has no splits."""
    names: NDArray[np.str_]
    """The file or row each face came from, ``[N]``."""
    sha256: str
    """SHA-256 of the content that was read."""
    skipped: tuple[str, ...] = ()
    """One sentence for each picture that was bad and left out (``skip_bad``)."""

    def __post_init__(self) -> None:
        lengths = {len(self.images), len(self.labels), len(self.splits), len(self.names)}
        if self.images.shape[1:] != (SIZE, SIZE) or len(lengths) != 1:
            raise DataError(
                f"Expected images [N, {SIZE}, {SIZE}] with as many labels, splits and names,"
                f" got {self.images.shape} with {sorted(lengths)}.",
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
            If the name is not a split, or the data has no picture in it.
        """
        there = sorted(set(self.splits.tolist()))
        if name not in SPLITS:
            raise DataError(
                f"There is no split {name!r}.", f"Use one of {', '.join(SPLITS)}."
            )
        if name == "all":
            return self
        picked = self[np.isin(self.splits, UNDER[name])]
        if not len(picked):
            raise DataError(
                f"The data has no split {name!r}; it has {', '.join(there) or 'no picture'}.",
                "Use --split all for data without splits, or name a split that it has.",
            )
        return picked

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
                "Use for example --subset 0.1.",
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
        return _by_name(np.bincount(self.labels, minlength=len(NAMES)).tolist())


def _by_name(counts: Sequence[int]) -> dict[str, int]:
    return dict(zip(NAMES, counts, strict=True))
