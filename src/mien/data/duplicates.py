"""Finds faces that are the same picture in another crop, size, contrast or mirrored."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import defaultdict

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.data.samples import Samples


def fingerprints(samples: Samples) -> list[bytes]:
    """Return a digest of each face; two are equal only for faces equal in every pixel."""
    return [hashlib.blake2b(face.tobytes(), digest_size=16).digest() for face in samples.images]


GRID = 16
"""Height and width in pixels that a face is reduced to before it is compared."""

THRESHOLD = 0.95
"""Least correlation of two reduced faces that are taken for the same picture.

Measured on FER-2013's 30,766 distinct faces of Training and PublicTest. The mirrored faces serve
as a control, since a photo is rarely published both ways round: of 473 million mirrored pairs 23
reach it (3 of them match still better upright), and by eye 22 of these are the same photo, so
chance matches are rare. Of as many upright pairs 1,813 reach it. The counts are in
benchmarks/results/audit.json, from mien data audit.
"""

_FLAT = 8.0
"""Standard deviation of a face's grays below which only noise would be compared."""

_BLOCK = 1024
"""Rows of the matrix product that are held at once."""


@dataclasses.dataclass(frozen=True)
class Pairs:
    """Pairs of near-identical faces, each once, ``first < second``."""

    first: NDArray[np.intp]
    """Rows, ``[P]``."""
    second: NDArray[np.intp]
    """Rows, ``[P]``."""
    correlation: NDArray[np.float32]
    """Of the reduced faces, ``[P]``."""
    mirrored: NDArray[np.bool_]
    """Whether the one is the other's mirror image, ``[P]``."""

    def __len__(self) -> int:
        return len(self.first)


def near_pairs(images: NDArray[np.uint8], threshold: float = THRESHOLD) -> Pairs:
    """Find all pairs whose reduced grays correlate, as they are or mirrored.

    Each face is reduced to `GRID` x `GRID` gray means, centred and scaled to length 1; the dot
    product of two is then their correlation, which neither brightness nor contrast changes. Faces
    of nearly one gray match nothing.

    Parameters
    ----------
    images
        Gray faces ``uint8 [N, H, W]``, or RGB ``uint8 [N, H, W, 3]``.
    threshold
        Least correlation.

    Returns
    -------
    Pairs
        In the order of the rows; a pair that matches both ways is listed the way it matches better.
    """
    upright = reduced(images)
    mirrored = upright.reshape(-1, GRID, GRID)[:, :, ::-1].reshape(upright.shape)
    blocks = [
        _matches(upright, other, start, threshold, flag)
        for start in range(0, len(images), _BLOCK)
        for flag, other in ((False, upright), (True, mirrored))
    ]
    empty = np.zeros((0, 4))
    table = np.concatenate([empty, *blocks])
    # The best match of a pair comes first and is the one that unique keeps.
    table = table[np.lexsort((-table[:, 2], table[:, 1], table[:, 0]))]
    _, kept = np.unique(table[:, :2], axis=0, return_index=True)
    rows = table[kept]
    return Pairs(
        rows[:, 0].astype(np.intp),
        rows[:, 1].astype(np.intp),
        rows[:, 2].astype(np.float32),
        rows[:, 3].astype(np.bool_),
    )


def reduced(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Reduce faces to centred vectors of length 1, ``float32 [N, 256]``; flat ones to zeros."""
    vectors = np.zeros((len(images), GRID * GRID), np.float32)
    for row, image in enumerate(images):
        gray = to_gray(image)
        if gray.std() >= _FLAT:
            small = cv2.resize(gray, (GRID, GRID), interpolation=cv2.INTER_AREA)
            vector = small.astype(np.float32).ravel()
            vector -= vector.mean()
            vectors[row] = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return vectors


def to_gray(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a face as gray ``uint8 [H, W]``; RGB is weighed by the luma of ITU-R BT.601."""
    if image.ndim == 2:
        return image
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _matches(
    faces: NDArray[np.float32],
    others: NDArray[np.float32],
    start: int,
    threshold: float,
    mirrored: bool,
) -> NDArray[np.float64]:
    """Compare a block of rows with those that follow: row, row, correlation, mirrored."""
    products = faces[start : start + _BLOCK] @ others[start:].T
    first, second = np.nonzero(products >= threshold)
    after = second > first
    first, second = first[after], second[after]
    values = products[first, second]
    flags = np.full(len(first), float(mirrored))
    return np.stack([first + start, second + start, values, flags], axis=1)


_RANK = {"private": 0, "public": 1, "validation": 2, "test": 3, "all": 4, "train": 5}
"""Of two duplicates the one whose split comes first is kept."""

Groups = list[list[int]]
"""Rows of the identical faces of each group, the kept one first; single faces are groups too."""


def group(samples: Samples) -> Groups:
    """Put pixel-identical faces together; the groups are in the order of their kept faces."""
    prints = fingerprints(samples)
    groups: dict[bytes, list[int]] = defaultdict(list)
    for row in _ranked(samples):
        groups[prints[row]].append(row)
    return list(groups.values())


def _ranked(samples: Samples) -> list[int]:
    """Order the rows by which of two duplicates is kept."""
    ranks = np.array([_RANK[split] for split in samples.splits.tolist()], dtype=np.int64)
    return [int(row) for row in np.argsort(ranks, kind="stable")]
