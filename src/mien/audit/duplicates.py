"""Finds the faces of a data set that repeat or contradict others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mien.audit.findings import Finding
from mien.data.duplicates import Groups, Pairs
from mien.data.samples import MEMBERS, Samples


def exact_duplicates(groups: Groups) -> Iterator[Finding]:
    """List all but the kept one of each group."""
    for rows in groups:
        for row in rows[1:]:
            yield Finding(row, "exact_duplicate", f"one of {len(rows)} copies", len(rows), rows[0])


def exact_conflicts(samples: Samples, groups: Groups) -> Iterator[Finding]:
    """List all faces of the groups whose labels differ."""
    for rows in groups:
        labels = samples.labels[rows].tolist()
        if len(set(labels)) < 2:
            continue
        for row, label in zip(rows, labels, strict=True):
            other = next(other for other in rows if samples.labels[other] != label)
            detail = _labelled(samples, other)
            yield Finding(row, "exact_conflict", detail, len(set(labels)), other)


def near_duplicates(groups: Groups, pairs: Pairs) -> Iterator[Finding]:
    """List the kept faces of groups that show the same picture as one that stays.

    In the order of rank a face stays unless it matches one that stays already; so each face that
    is listed has a duplicate that is not, even along a chain of matches.

    Parameters
    ----------
    groups
        Of identical faces.
    pairs
        Near duplicates, as places in ``groups``, which are in the order of rank.
    """
    matches: dict[int, list[tuple[float, int, bool]]] = defaultdict(list)
    columns = pairs.first, pairs.second, pairs.correlation, pairs.mirrored
    cells = (column.tolist() for column in columns)
    for first, second, value, mirrored in zip(*cells, strict=True):
        matches[second].append((value, first, mirrored))
    listed: set[int] = set()
    for place in sorted(matches):
        staying = [match for match in matches[place] if match[1] not in listed]
        if staying:
            listed.add(place)
            value, other, mirrored = max(staying)
            reason = "mirrored_duplicate" if mirrored else "near_duplicate"
            detail = f"correlation {value:.3f}"
            yield Finding(groups[place][0], reason, detail, value, groups[other][0])


def near_conflicts(samples: Samples, groups: Groups, pairs: Pairs) -> Iterator[Finding]:
    """List the faces, copies too, with another label than a near duplicate, once for each face."""
    seen: set[int] = set()
    order = np.argsort(-pairs.correlation, kind="stable")
    for first, second, value in zip(
        pairs.first[order].tolist(),
        pairs.second[order].tolist(),
        pairs.correlation[order].tolist(),
        strict=True,
    ):
        for rows, others in (
            (groups[first], groups[second]),
            (groups[second], groups[first]),
        ):
            for row in rows:
                other = _contradicting(samples, row, others)
                if other is not None and row not in seen:
                    seen.add(row)
                    detail = f"{_labelled(samples, other)}, correlation {value:.3f}"
                    yield Finding(row, "near_conflict", detail, value, other)


def near_leaks(samples: Samples, groups: Groups, pairs: Pairs) -> int:
    """Count the test faces with a near duplicate in train but no identical one."""
    train = samples.splits == "train"
    test = np.isin(samples.splits, MEMBERS["test"])
    leaks: set[int] = set()
    for first, second in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
        for rows, others in ((groups[first], groups[second]), (groups[second], groups[first])):
            if _any(train, others) and not _any(train, rows):
                leaks.update(row for row in rows if test[row])
    return len(leaks)


def _any(mask: NDArray[np.bool_], rows: list[int]) -> bool:
    return bool(mask[rows].any())


def _contradicting(samples: Samples, row: int, others: list[int]) -> int | None:
    """Return one of the others that has another label."""
    return next((other for other in others if samples.labels[other] != samples.labels[row]), None)


def _labelled(samples: Samples, row: int) -> str:
    return f"its duplicate is labelled {samples.vocabulary.names[samples.labels[row]]}"
