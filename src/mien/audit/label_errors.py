"""Finds the faces whose label is probably wrong, from probabilities of networks new to them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mien.audit.findings import Finding
from mien.data.samples import Samples
from mien.errors import DataError, require
from mien.evaluation.bootstrap import Interval, Labels, Probabilities, wilson


@dataclasses.dataclass(frozen=True)
class AgreementIntervals:
    """Wilson's 95% intervals of the shares of an `Agreement`."""

    suggested: Interval
    given: Interval


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How often people's most frequent vote is the suggested class or the given label."""

    n: int
    """Faces where one choice has more votes than any other."""
    suggested: float | None
    """Share of these whose most frequent vote is the likeliest other class; None without faces."""
    given: float | None
    """Share of these whose most frequent vote is the given label; None without faces."""
    interval: AgreementIntervals


@dataclasses.dataclass(frozen=True)
class VoteAgreement:
    """How often people agree with likely label errors, and for comparison with all faces."""

    found: Agreement
    """Of the likely label errors."""
    first: Agreement
    """Of the worst `FIRST` of them that count."""
    all: Agreement
    """Of all faces."""


@dataclasses.dataclass(frozen=True)
class LabelErrorCounts:
    """What audit.json says about likely label errors, besides their number."""

    made_by: str
    accuracy: float
    votes: VoteAgreement | None


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
    """Where the probabilities come from, in words."""
    accuracy: float
    """How often the likeliest class of all the data's faces is the given label."""
    votes: VoteAgreement | None = None
    """How often people agree, as `vote_agreement` returns it."""

    def findings(self, samples: Samples) -> Iterator[Finding]:
        """List the faces among those of the data."""
        names, labels = samples.vocabulary.names, samples.labels
        columns = (self.rows, self.suggested, self.suggested_chance, self.given_chance)
        cells = (column.tolist() for column in columns)
        for row, other, chance, own in zip(*cells, strict=True):
            detail = f"{chance:.2f} for {names[other]}, {own:.2f} for {names[labels[row]]}"
            yield Finding(row, "label_error", detail, chance - own, None, other, chance)

    def counts(self) -> LabelErrorCounts:
        """Return the numbers for audit.json."""
        return LabelErrorCounts(self.made_by, self.accuracy, self.votes)

    def sentences(self) -> list[str]:
        """Say how far the list can be trusted."""
        accuracy = (
            f"The probabilities are those of {self.made_by}. Their likeliest class is the given"
            f" label of {self.accuracy:.1%} of all faces; the lower that is, the less the list can"
            " be trusted."
        )
        return [accuracy] if self.votes is None else [accuracy, _in_words(self.votes)]


def _in_words(votes: VoteAgreement) -> str:
    """Say how often people agree."""
    found, first, everyone = votes.found, votes.first, votes.all
    return (
        f"FER+'s taggers have one most frequent vote for {found.n:,} of these faces: it is the"
        f" suggested class for {_suggested(found)} and the given label after all for"
        f" {_given(found)}; for the first {first.n:,} it is {_suggested(first)} and"
        f" {_given(first)}. For comparison, of all {everyone.n:,} faces with such a vote it is the"
        f" likeliest other class for {_suggested(everyone)} and the given label for"
        f" {_given(everyone)} (95% intervals)."
    )


def find_label_errors(
    labels: NDArray[np.int8], probabilities: NDArray[np.float32], made_by: str
) -> LabelErrors:
    """Find likely label errors by confident learning (Northcutt, Jiang and Chuang 2021).

    The paper's confident joint counts how many labels are wrong: a face counts where a class
    other than its label is at least as likely as that class is on average among the faces with
    that label, and is the likeliest of such classes. So many faces are listed, those whose
    label is the least likely compared with the likeliest other class (cleanlab's normalised
    margin), unless their label is the likelier one after all. On PublicTest people agreed more
    often with the suggestions for these than for the faces that the joint itself counts
    (dev/LOG.md).

    Parameters
    ----------
    labels
        Given labels, ``int8 [N]``.
    probabilities
        ``float32 [N, K]``, of networks that did not learn from the faces that they judge.
    made_by
        Where they come from, in words.

    Raises
    ------
    DataError
        If the two do not fit together, or there is only one class.
    MissingExtraError
        If cleanlab is not installed.
    """
    rows, classes = probabilities.shape
    if rows != len(labels) or labels.max(initial=0) >= classes:
        raise DataError(
            f"Expected probabilities [{len(labels)}, {max(classes, labels.max(initial=0) + 1)}],"
            f" got {[rows, classes]}.",
            "Pass the probabilities of these faces, in their order.",
        )
    if len(np.unique(labels)) < 2:
        raise DataError(
            "Expected faces of two classes or more, to look for wrong labels.",
            "Use more data, or audit it without looking for label errors.",
        )
    ranked = require("cleanlab.filter", "audit").find_label_issues(
        labels.astype(np.int64),
        probabilities.astype(np.float64),
        filter_by="low_normalized_margin",
        return_indices_ranked_by="normalized_margin",
        n_jobs=1,
    )
    return _listed(np.asarray(ranked, dtype=np.intp), labels, probabilities, made_by)


def _listed(
    rows: NDArray[np.intp],
    labels: NDArray[np.int8],
    probabilities: NDArray[np.float32],
    made_by: str,
) -> LabelErrors:
    """Keep the rows whose other class is likelier than their label."""
    suggested = suggest(labels, probabilities)
    other, own = probabilities[rows, suggested[rows]], probabilities[rows, labels[rows]]
    rows = rows[other > own]
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
    """Return the likeliest class other than its label for each face, ``intp [N]``."""
    others = probabilities.copy()
    others[np.arange(len(labels)), labels] = -1
    return np.asarray(others.argmax(axis=1))


FIRST = 100
"""How many of the worst are also counted on their own, since few people use a list to its end."""


def vote_agreement(
    errors: LabelErrors, labels: Labels, probabilities: Probabilities, votes: NDArray[np.int64]
) -> VoteAgreement:
    """Compare likely label errors with FER+'s votes (Barsoum et al. 2016), and with all faces.

    A face counts where one choice has more votes than any other; contempt, unknown and no face
    are such choices too, which are neither the suggested class nor the given label.

    Parameters
    ----------
    errors
        The likely label errors that ``probabilities`` lead to.
    labels, probabilities
        ``int8 [N]`` and ``float32 [N, 7]`` of all the faces, by FER-2013's classes.
    votes
        ``int64 [N, 10]``, as `mien.data.votes.Votes.of` returns them.
    """
    winner = votes.argmax(axis=1)
    alone = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) == 1
    listed, everyone = errors.rows[alone[errors.rows]], np.flatnonzero(alone)
    suggested, given = winner == suggest(labels, probabilities), winner == labels
    return VoteAgreement(
        found=_agreement(suggested[listed], given[listed]),
        first=_agreement(suggested[listed[:FIRST]], given[listed[:FIRST]]),
        all=_agreement(suggested[everyone], given[everyone]),
    )


def _agreement(suggested: NDArray[np.bool_], given: NDArray[np.bool_]) -> Agreement:
    count, as_suggested, as_given = len(given), int(suggested.sum()), int(given.sum())
    return Agreement(
        n=count,
        suggested=as_suggested / count if count else None,
        given=as_given / count if count else None,
        interval=AgreementIntervals(wilson(as_suggested, count), wilson(as_given, count)),
    )


def _suggested(agreement: Agreement) -> str:
    return _share(agreement.suggested, agreement.interval.suggested)


def _given(agreement: Agreement) -> str:
    return _share(agreement.given, agreement.interval.given)


def _share(value: float | None, interval: Interval) -> str:
    """Write a share with its interval."""
    if value is None:
        return "none"
    low, high = interval
    return f"{value:.1%} ({low:.1%} to {high:.1%})"
