"""How results are put into words and numbers, the same in tables, pages and sentences."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from mien.classes import FER2013, Vocabulary
from mien.data.exclusion import about_left_out
from mien.evaluation.results import BaseScores, Column, Excluded, Scores, Selective, Votes

HEADLINE = {
    "accuracy": "accuracy",
    "accuracy_unique": "accuracy, unique faces only",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "ece": "calibration error (ECE)",
    "brier": "Brier score",
    "nll": "log-likelihood, negative",
    "aurc": "area under risk-coverage",
}
"""The scores that sum a network up: their names in `Scores`, and what people call them."""

METHODS = {"lac": "LAC", "aps": "APS, randomised", "shown": "APS, as mien detect shows"}
"""Names of the methods for prediction sets."""

MISSING = "–"
"""Stands for a score that is undefined."""

_FER2013_SPLITS = {"train": "Training", "public": "PublicTest", "private": "PrivateTest"}
_SPLITS = {
    "train": "the training faces",
    "validation": "the validation faces",
    "public": "PublicTest",
    "private": "PrivateTest",
    "test": "the test faces",
    "all": "all faces",
}
"""FER-2013's names are in both, since only its files mark a split as public or private."""

_FEW = 0.0001
"""A p-value below which four digits would be all 0."""


def split_in_words(split: str | None, classes: Vocabulary = FER2013) -> str:
    """Return the name of a split for the middle of a sentence.

    Parameters
    ----------
    split
        As in `Scores.split`; None for faces of which it is not known.
    classes
        Those of the faces: the training faces of FER-2013 are its "Training".
    """
    if split is None:
        return "the scored faces"
    if classes.is_fer2013 and split in _FER2013_SPLITS:
        return _FER2013_SPLITS[split]
    return _SPLITS.get(split, f"the split {split}")


def number(value: float | None, digits: int = 3) -> str:
    """Return a score with its decimals, a dash for None."""
    return MISSING if value is None else f"{value:.{digits}f}"


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share, 0 to 1, in percent."""
    return MISSING if value is None else f"{100 * value:.{digits}f}%"


def interval_text(interval: Sequence[float] | None, digits: int = 3) -> str:
    """Return an interval as ``"0.653 to 0.683"``, a dash for None."""
    if interval is None:
        return MISSING
    return f"{interval[0]:.{digits}f} to {interval[1]:.{digits}f}"


def score_text(
    value: float | None, interval: Sequence[float] | None = None, digits: int = 3
) -> str:
    """Return a score with its interval behind it: ``"0.668 (0.653 to 0.683)"``."""
    if value is None or interval is None:
        return number(value, digits)
    return f"{number(value, digits)} ({interval_text(interval, digits)})"


def p_text(p: float) -> str:
    """Return a p-value as ``"p = 0.0123"``."""
    return f"p = {p:.4f}" if p >= _FEW else f"p < {_FEW}"


@dataclasses.dataclass(frozen=True)
class Confusion:
    """How often the faces of one class were taken for another."""

    label: str
    answer: str
    faces: int
    share: float
    """Of the faces of the class, missed ones included."""


def worst_confusions(scores: BaseScores, most: int) -> list[Confusion]:
    """Return the classes that were taken for each other most often, the most faces first.

    Parameters
    ----------
    scores
        A network's.
    most
        The most to return.
    """
    names, faces = scores.classes.names, scores.faces
    cells = [
        Confusion(names[row], names[column], count, count / faces[names[row]])
        for row, counts in enumerate(scores.confusion)
        for column, count in enumerate(counts)
        if row != column and count
    ]
    return sorted(cells, key=lambda cell: -cell.faces)[:most]


def about_excluded(excluded: Excluded) -> str:
    """Say how many faces were left out, and for which reasons."""
    return about_left_out(excluded.n, excluded.file, excluded.reasons, "the split")


def about_trained_on(scores: Scores) -> str:
    """Say how many of the scored faces the network was trained on; nothing if none."""
    if not scores.trained_on:
        return ""
    which = (
        f"All {scores.n:,} faces"
        if scores.trained_on == scores.n
        else f"{scores.trained_on:,} of these {scores.n:,} faces"
    )
    return f"{which} were trained on, so the scores say little about new faces."


def about_gaps(name: str, column: Column) -> Iterator[str]:
    """Say how far the groups of a column differ, and whether by more than chance."""
    for gap, among in (
        (column.gap, ""),
        (column.gap_without_small, " without the small groups"),
    ):
        if gap is not None:
            verdict = "more than chance" if gap.significant else "no more than chance may give"
            yield (
                f"Largest gap by {name}{among}: {number(gap.value)}, {gap.lowest} to"
                f" {gap.highest}, {p_text(gap.p)} ({verdict})."
            )
    if column.without_group:
        yield f"{column.without_group:,} faces have no group by {name}."


def about_votes(votes: Votes) -> Iterator[str]:
    """Say how network and labels compare with FER+'s taggers."""
    for part, what in (
        (votes, "the taggers' most frequent vote"),
        (votes.agreed, f"what at least {votes.agreed.votes} of 10 taggers agree on"),
    ):
        if part.n:
            yield (
                f"Accuracy against {what}: {score_text(part.accuracy, part.interval.accuracy)} of"
                f" {part.n:,} faces; the data's own labels: {number(part.label_accuracy)}."
            )
        else:
            yield f"No face has {what} among the seven expressions."
    yield (
        f"Left out of the votes: {votes.ties:,} ties and {votes.elsewhere:,} faces with most votes"
        " for none of the seven."
    )


def about_selective(selective: Selective) -> str:
    """Say from which confidence on the answers reach the target."""
    target = f"{selective.target_accuracy:g}"
    if selective.threshold is None:
        return f"No confidence threshold reaches an accuracy of {target} on this split."
    return (
        f"Answering from confidence {number(selective.threshold, 4)} on reaches an accuracy of"
        f" {number(selective.accuracy)} (target {target}) and answers {selective.answered:,} faces"
        f" ({percent(selective.coverage)}). The threshold was chosen on this very split, so check"
        " it on another."
    )
