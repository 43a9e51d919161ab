"""Finds the faces whose label is probably wrong, from what networks said that never saw them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.audit.findings import Finding
from mien.classes import NAMES
from mien.errors import DataError, require
from mien.evaluation.bootstrap import Labels, Probabilities, wilson


@dataclasses.dataclass(frozen=True, eq=False)
class LabelErrors:
    """Faces whose label is probably wrong, and how far that can be trusted."""

    rows: NDArray[np.intp]
    """Rows of the faces in the data, the worst first, ``[M]``."""
    suggested: NDArray[np.intp]
    """The likeliest other class of each, ``[M]``."""
    suggested_chance: NDArray[np.float32]
    """Its probability, ``[M]``."""
    given_chance: NDArray[np.float32]
    """The probability of the given label, ``[M]``."""
    made_by: str
    """What gave the probabilities, in words."""
    accuracy: float
    """How often the likeliest class of all the data's faces is the given label."""
    votes: dict[str, Any] | None = None
    """How often people agree, as `mien.audit.label_errors.vote_agreement` gives it."""

    def findings(self, labels: NDArray[np.int8]) -> Iterator[Finding]:
        """List the faces, whose given labels are ``int8 [N]`` of all the data."""
        columns = (self.rows, self.suggested, self.suggested_chance, self.given_chance)
        for row, other, chance, own in zip(*(each.tolist() for each in columns), strict=True):
            detail = f"{chance:.2f} for {NAMES[other]}, {own:.2f} for {NAMES[labels[row]]}"
            yield Finding(row, "label_error", detail, chance - own, None, other, chance)

    def to_dict(self) -> dict[str, Any]:
        """Give what audit.json says beside the counts."""
        return {"made_by": self.made_by, "accuracy": self.accuracy, "votes": self.votes}

    def sentences(self) -> list[str]:
        """Say how far the list can be trusted."""
        said = [
            f"The probabilities are of {self.made_by}. Their likeliest class is the given label of"
            f" {self.accuracy:.1%} of all faces; the less that is, the less the list is worth."
        ]
        if self.votes is None:
            return [*said, "FER+'s votes (--votes) would tell how often people agree."]
        found, first, everyone = (self.votes[key] for key in ("found", "first", "all"))
        return [
            *said,
            f"Of the {found['n']:,} of these faces with one most frequent vote among FER+'s"
            f" taggers, that vote is the suggested class on {_share(found, 'suggested')}, and the"
            f" given label after all on {_share(found, 'given')}; of the first {first['n']:,} on"
            f" {_share(first, 'suggested')} and {_share(first, 'given')}. For comparison, of all"
            f" {everyone['n']:,} faces with one it is the likeliest other class on"
            f" {_share(everyone, 'suggested')}, and the given label on {_share(everyone, 'given')}"
            " (95% intervals).",
        ]


def find_label_errors(
    labels: NDArray[np.int8], probabilities: NDArray[np.float32], made_by: str
) -> LabelErrors:
    """Find likely label errors by confident learning (Northcutt, Jiang and Chuang 2021).

    The paper's confident joint counts how many labels are wrong: a face counts where a class
    other than its label is at least as likely as that class is on average among the faces that
    are called so, and is the likeliest of such classes. So many faces are listed, those whose
    label is the least likely beside the likeliest other class (cleanlab's normalised margin),
    unless their label is the likelier one after all. On PublicTest people agreed more often with
    the suggestions for these than for the faces that the joint itself counts (dev/LOG.md).

    Parameters
    ----------
    labels
        Given labels, ``int8 [N]``.
    probabilities
        ``float32 [N, 7]``, of networks that did not learn from the face that they judge.
    made_by
        What gave them, in words.

    Raises
    ------
    DataError
        If the two do not fit together, or there is only one class.
    MissingExtraError
        If cleanlab is not installed.
    """
    if probabilities.shape != (len(labels), len(NAMES)):
        raise DataError(
            f"Expected probabilities [{len(labels)}, {len(NAMES)}], got"
            f" {list(probabilities.shape)}.",
            "Give what networks said of these faces, in their order.",
        )
    if len(np.unique(labels)) < 2:
        raise DataError(
            "Expected faces of two classes or more, to find those in the wrong one.",
            "Use more data, or leave --folds and --probabilities out.",
        )
    rows = require("cleanlab.filter", "audit").find_label_issues(
        labels.astype(np.int64),
        probabilities.astype(np.float64),
        filter_by="low_normalized_margin",
        return_indices_ranked_by="normalized_margin",
        n_jobs=1,
    )
    rows = np.asarray(rows, dtype=np.intp)
    suggested = suggest(labels, probabilities)
    chances, own = (probabilities[rows, each[rows]] for each in (suggested, labels))
    rows = rows[chances > own]
    suggested = suggested[rows]
    return LabelErrors(
        rows=rows,
        suggested=suggested,
        suggested_chance=probabilities[rows, suggested],
        given_chance=probabilities[rows, labels[rows]],
        made_by=made_by,
        accuracy=float((probabilities.argmax(axis=1) == labels).mean()),
    )


def suggest(labels: NDArray[np.int8], probabilities: NDArray[np.float32]) -> NDArray[np.intp]:
    """Give the likeliest class other than its label for each face, ``intp [N]``."""
    others = probabilities.copy()
    others[np.arange(len(labels)), labels] = -1
    return np.asarray(others.argmax(axis=1))


def _share(entry: dict[str, Any], name: str) -> str:
    """Write a share with its interval."""
    if entry[name] is None:
        return "none"
    low, high = entry["interval"][name]
    return f"{entry[name]:.1%} ({low:.1%} to {high:.1%})"


FIRST = 100
"""Faces of the worst that are also counted alone, since a list is rarely used to its end."""


def vote_agreement(
    found: LabelErrors, labels: Labels, probabilities: Probabilities, votes: NDArray[np.int64]
) -> dict[str, Any]:
    """Compare likely label errors with FER+'s votes (Barsoum et al. 2016), and with all faces.

    A face counts where one choice has more votes than any other; contempt, unknown and no face
    are such choices too, which are neither the suggested class nor the given label.

    Parameters
    ----------
    found
        What was found from ``probabilities``.
    labels, probabilities
        ``int8 [N]`` and ``float32 [N, 7]`` of all the faces.
    votes
        ``int64 [N, 10]``, as `mien.data.votes.Votes.of` gives them.

    Returns
    -------
    dict
        ``found``, ``first`` and ``all``: the faces that were found, the worst `FIRST` of them that
        count, and for comparison all faces. Each has ``n``, the faces that count; ``suggested``
        and ``given``, the share of these whose most frequent vote is the likeliest other class,
        and is the given label; ``interval`` (Wilson) of both. Shares are None where no face
        counts.
    """
    winner = votes.argmax(axis=1)
    alone = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) == 1
    listed, everyone = found.rows[alone[found.rows]], np.flatnonzero(alone)
    hits = {"suggested": winner == suggest(labels, probabilities), "given": winner == labels}
    groups = {"found": listed, "first": listed[:FIRST], "all": everyone}
    return {name: _shares(hits, rows) for name, rows in groups.items()}


def _shares(hits: dict[str, NDArray[np.bool_]], rows: NDArray[np.intp]) -> dict[str, Any]:
    count = len(rows)
    sums = {name: int(hit[rows].sum()) for name, hit in hits.items()}
    shares = {name: right / count if count else None for name, right in sums.items()}
    return {
        "n": count,
        **shares,
        "interval": {name: wilson(right, count) for name, right in sums.items()},
    }
