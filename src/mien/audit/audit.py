"""Finds the faces of a data set that should perhaps be left out, and says why."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.audit.duplicates import (
    exact_conflicts,
    exact_duplicates,
    near_conflicts,
    near_duplicates,
    near_leaks,
)
from mien.audit.findings import BY_NETWORKS, BY_VOTES, REASONS, Finding
from mien.audit.label_errors import LabelErrorCounts, LabelErrors
from mien.audit.no_face import BLANK, DRAWING, FEW_GRAYS, entropy, hard_edges, spread
from mien.data.counts import DuplicateCounts, count, count_duplicates
from mien.data.duplicates import THRESHOLD, group, near_pairs
from mien.data.samples import Samples
from mien.data.votes import COLUMNS
from mien.errors import DataError

_UNKNOWN, _NO_FACE = COLUMNS.index("unknown"), COLUMNS.index("NF")


@dataclasses.dataclass(frozen=True)
class NearCounts:
    """How many faces of a data set show the same picture without being identical."""

    pairs: int
    """Pairs that are the same way round."""
    mirrored_pairs: int
    """Pairs of mirror images."""
    test_in_train: int
    """Faces of the test splits with such a duplicate in train but no identical one."""
    threshold: float = THRESHOLD
    """Least correlation of such a pair."""


@dataclasses.dataclass(frozen=True)
class ReasonCounts:
    """How many faces are listed for one reason."""

    faces: int
    by_split: dict[str, int]
    """Only the splits with such a face."""


@dataclasses.dataclass(frozen=True)
class AuditCounts:
    """The numbers of an audit; audit.json is their dump."""

    n: int
    """Faces in the data."""
    sha256: str
    """SHA-256 of the data."""
    votes: bool
    """Whether the labels were compared with votes."""
    listed: int
    """Faces that are listed for one reason or more."""
    listed_by_split: dict[str, int]
    reasons: dict[str, ReasonCounts]
    """By reason, in the order of `REASONS`; only those that were looked for."""
    not_looked_for: list[str]
    """The other reasons: those that need votes or networks which the audit was not given."""
    exact_duplicates: DuplicateCounts
    """Pixel-identical faces."""
    near_duplicates: NearCounts
    """Near and mirrored duplicates."""
    label_errors: LabelErrorCounts | None
    """How far likely label errors can be trusted, if any were looked for."""

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as JSON."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Audit:
    """What is doubtful in a data set."""

    samples: Samples
    """The data set."""
    findings: tuple[Finding, ...]
    """By reason in the order of `REASONS`, the worst first; a face may have several."""
    near: NearCounts
    """Near duplicates."""
    votes: bool
    """Whether the labels were compared with votes."""
    label_errors: LabelErrors | None = None
    """Labels that networks contradict, if any were looked for."""

    def of(self, reason: str) -> list[Finding]:
        """Return the findings of one reason, the worst first."""
        return [finding for finding in self.findings if finding.reason == reason]

    @property
    def not_looked_for(self) -> tuple[str, ...]:
        """The reasons for which no face can be listed, whatever the data holds."""
        by_votes = () if self.votes else BY_VOTES
        return by_votes + (() if self.label_errors is not None else BY_NETWORKS)

    def counts(self) -> AuditCounts:
        """Count the findings."""
        rows = sorted({finding.row for finding in self.findings})
        errors = self.label_errors
        return AuditCounts(
            n=len(self.samples),
            sha256=self.samples.sha256,
            votes=self.votes,
            listed=len(rows),
            listed_by_split=self._by_split(rows),
            reasons={
                reason: self._reason(reason)
                for reason in REASONS
                if reason not in self.not_looked_for
            },
            not_looked_for=list(self.not_looked_for),
            exact_duplicates=count_duplicates(self.samples),
            near_duplicates=self.near,
            label_errors=None if errors is None else errors.counts(),
        )

    def _reason(self, reason: str) -> ReasonCounts:
        rows = [finding.row for finding in self.of(reason)]
        return ReasonCounts(len(rows), self._by_split(rows))

    def _by_split(self, rows: list[int]) -> dict[str, int]:
        counts = count(self.samples[np.array(rows, dtype=np.intp)])
        return {split: sum(by_name.values()) for split, by_name in counts.items()}


def audit(
    samples: Samples,
    votes: NDArray[np.int64] | None = None,
    label_errors: LabelErrors | None = None,
) -> Audit:
    """Look for duplicates, contradictions, pictures without a face and labels without a vote.

    Parameters
    ----------
    samples
        The data set.
    votes
        FER+'s votes for each face, ``int64 [N, 10]`` in the order of
        `mien.data.votes.COLUMNS`, as `mien.data.votes.Votes.of` returns them.
    label_errors
        Faces to list for their labels, as `mien.audit.label_errors.find_label_errors` finds
        them among ``samples``.

    Raises
    ------
    DataError
        If the votes do not fit the faces.
    """
    if votes is not None and votes.shape != (len(samples), len(COLUMNS)):
        raise DataError(
            f"Expected votes [{len(samples)}, {len(COLUMNS)}], got {list(votes.shape)}.",
            "Pass what read_votes(path).of(samples) returns.",
        )
    groups = group(samples)
    pairs = near_pairs(samples.images[[rows[0] for rows in groups]])
    findings = [
        *exact_duplicates(groups),
        *near_duplicates(groups, pairs),
        *exact_conflicts(samples, groups),
        *near_conflicts(samples, groups, pairs),
        *_without_face(samples),
        *(() if votes is None else _outvoted(samples, votes)),
        *(() if label_errors is None else label_errors.findings(samples)),
    ]
    order = {reason: place for place, reason in enumerate(REASONS)}
    findings.sort(key=lambda finding: (order[finding.reason], -finding.badness, finding.row))
    near = NearCounts(
        pairs=int((~pairs.mirrored).sum()),
        mirrored_pairs=int(pairs.mirrored.sum()),
        test_in_train=near_leaks(samples, groups, pairs),
    )
    return Audit(samples, tuple(findings), near, votes is not None, label_errors)


def _without_face(samples: Samples) -> Iterator[Finding]:
    """List the pictures whose grays are not those of a face, by the first reason that holds."""
    images = samples.images
    tests: tuple[tuple[str, NDArray[np.float64], Callable[[float], bool], str], ...] = (
        ("blank", spread(images), lambda value: value < BLANK, "standard deviation {:.1f}"),
        ("few_grays", entropy(images), lambda value: value < FEW_GRAYS, "{:.2f} bits"),
        ("drawing", hard_edges(images), lambda value: value > DRAWING, "{:.2f} hard edges a pixel"),
    )
    seen: set[int] = set()
    for reason, values, holds, detail in tests:
        sign = 1 if reason == "drawing" else -1
        for row, value in enumerate(values.tolist()):
            if holds(value) and row not in seen:
                seen.add(row)
                yield Finding(row, reason, detail.format(value), sign * value)


def _outvoted(samples: Samples, votes: NDArray[np.int64]) -> Iterator[Finding]:
    """List pictures in which most taggers saw no face or expression, and labels without a vote."""
    names = samples.vocabulary.names
    for row, (cells, label) in enumerate(zip(votes.tolist(), samples.labels.tolist(), strict=True)):
        total, most = sum(cells), max(cells)
        chosen = cells.index(most)
        # A plurality, so a tie with another choice does not count.
        alone = cells.count(most) == 1
        if alone and chosen in (_UNKNOWN, _NO_FACE):
            reason = "voted_no_face" if chosen == _NO_FACE else "voted_unknown"
            yield Finding(row, reason, f"{most} of {total} votes", most)
        if total and not cells[label] and not (alone and chosen == _NO_FACE):
            detail = f"0 of {total} votes for {names[label]}, {most} for {COLUMNS[chosen]}"
            yield Finding(row, "no_vote", detail, most)
