"""Scores by group of faces, and whether groups differ by more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.evaluation.arrays import Labels, Probabilities
from mien.evaluation.groups import Groups
from mien.evaluation.scores import headline

SMALL = 30
"""Faces below which a group is marked as small."""

PERMUTATIONS = 2000
"""Shuffles behind a p-value."""

_MOST_CELLS = 2**21
_ROUNDING = 1e-12


def group_scores(
    probabilities: Probabilities,
    labels: Labels,
    names: Sequence[str],
    groups: Groups,
    seed: int = 0,
) -> dict[str, Any]:
    """Score a network by group.

    Parameters
    ----------
    probabilities, labels, names
        ``float32 [N, 7]``, ``int8 [N]`` and the N names of the faces.
    groups
        What group each is in.
    seed
        Seed of bootstrap and permutations.

    Returns
    -------
    dict
        By column: ``groups`` (by name, what `mien.evaluation.scores.headline` gives, and
        ``small``), ``without_group`` (faces), ``gap`` over all groups, and
        ``gap_without_small`` where some groups are small and at least two are not. A gap is
        what `gap` gives, None with fewer than two groups.
    """
    found = {}
    for column in groups.columns:
        there, codes = groups.codes(column, names)
        parts = {
            group: headline(probabilities[codes == code], labels[codes == code], seed)
            for code, group in enumerate(there)
        }
        right = probabilities.argmax(axis=1) == labels
        large = [code for code, group in enumerate(there) if parts[group]["n"] >= SMALL]
        found[column] = {
            "groups": {
                group: part | {"small": part["n"] < SMALL} for group, part in parts.items()
            },
            "without_group": int((codes < 0).sum()),
            "gap": gap(right, codes, there, seed),
        }
        if 1 < len(large) < len(there):
            kept = np.where(np.isin(codes, large), codes, -1)
            found[column]["gap_without_small"] = gap(right, kept, there, seed)
    return found


def gap(
    right: NDArray[np.bool_], codes: NDArray[np.intp], names: Sequence[str], seed: int = 0
) -> dict[str, Any] | None:
    """Find the largest gap in accuracy between two groups, and test it.

    The test deals the right and wrong answers out at random among the faces that have a group,
    and counts how often the largest gap is at least as large (Fisher 1935).

    Parameters
    ----------
    right, codes
        Whether each face was read right, and the number of its group (-1 for none), ``[N]``.
    names
        The groups.
    seed
        Seed of the permutations.

    Returns
    -------
    dict or None
        ``value``, ``highest`` and ``lowest`` (the two groups), ``p`` (1 more than the counted
        permutations, by 1 more than all, so never 0; Phipson and Smyth 2010),
        ``permutations``, ``seed``. None with fewer than two groups.
    """
    there = codes[codes >= 0]
    numbers, own = np.unique(there, return_inverse=True)
    if len(numbers) < 2:
        return None
    answers = right[codes >= 0].astype(np.float64)
    members = np.eye(len(numbers))[own]
    sizes = members.sum(axis=0)
    accuracies = answers @ members / sizes
    value = float(np.ptp(accuracies))
    larger = sum(
        int((np.ptp(block @ members / sizes, axis=1) >= value - _ROUNDING).sum())
        for block in _shuffles(answers, seed)
    )
    return {
        "value": value,
        "highest": names[numbers[accuracies.argmax()]],
        "lowest": names[numbers[accuracies.argmin()]],
        "p": (larger + 1) / (PERMUTATIONS + 1),
        "permutations": PERMUTATIONS,
        "seed": seed,
    }


def _shuffles(answers: NDArray[np.float64], seed: int) -> Iterator[NDArray[np.float64]]:
    """Shuffle `PERMUTATIONS` times, in blocks ``float64 [R, N]`` that fit the memory."""
    random = np.random.default_rng(seed)
    rows = max(1, _MOST_CELLS // len(answers))
    for start in range(0, PERMUTATIONS, rows):
        block = np.tile(answers, (min(rows, PERMUTATIONS - start), 1))
        yield random.permuted(block, axis=1, out=block)
