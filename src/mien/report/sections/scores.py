"""The parts of a report on which class is taken for which."""

from __future__ import annotations

from collections.abc import Iterator

from mien.classes import NAMES
from mien.evaluation.calibration import BINS
from mien.evaluation.results import Base, Scores
from mien.report.html import beside, count, paragraph, scored, table
from mien.report.inputs import Subject
from mien.report.svg import Bar, bars, confusion_map

HEADLINE = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "ece": "calibration error (ECE)",
    "brier": "Brier score",
    "nll": "negative log-likelihood",
    "aurc": "area under risk-coverage",
}
"""Scores that sum a network up, and how they are called."""

_WORST = 3
"""Mistakes that are named, the most frequent."""


def scores(subject: Subject) -> str | None:
    """Give the scores that sum a network up, then those of the classes."""
    found = subject.scores
    if found is None:
        return None
    chart = [
        Bar(name, value, found.interval.recall[name])
        for name, value in found.recall.items()
        if value is not None
    ]
    said = "; ".join(f"{bar.name} {bar.value:.3f}" for bar in chart)
    return "".join(
        [
            paragraph(*_said_of_scores(subject, found)),
            _headline(found),
            "<h4>By class</h4>",
            paragraph(
                "Recall is the share of a class's faces that are read right; precision is the"
                " share of the answers of that name that are right; F1 is their harmonic mean."
            ),
            beside(bars("Recall by class, with 95% intervals", said, chart), _classes(found)),
        ]
    )


def _said_of_scores(subject: Subject, found: Scores) -> Iterator[str]:
    yield (
        f"Measured on {count(found.n)} faces, {subject.split}. Accuracy is the share read right."
        " Balanced accuracy is the mean recall and macro F1 the mean F1 of the seven classes, so"
        " that rare ones count as much as frequent ones."
    )
    yield (
        f"The calibration error is the mean gap between confidence and accuracy over {BINS} bins;"
        " Brier score and log-likelihood judge all seven probabilities; of these, and of the area"
        " under risk-coverage, less is better."
    )
    yield (
        "Intervals hold 95%: Wilson's for shares such as accuracy, recall and precision, and a"
        f" bootstrap of {count(found.bootstrap.resamples)} resamples (seed"
        f" {found.bootstrap.seed}) for the others."
    )


def _headline(found: Scores) -> str:
    parts: list[Base] = [found] if found.unique is None else [found, found.unique]
    headings = ["score", "all faces, 95% interval", "without twins, 95% interval"]
    rows = [
        [name, *(scored(getattr(part, key), getattr(part.interval, key)) for part in parts)]
        for key, name in HEADLINE.items()
        if getattr(found, key) is not None
    ]
    rows.append(["faces", *(count(part.n) for part in parts)])
    return table(headings[: 1 + len(parts)], rows)


def _classes(found: Scores) -> str:
    headings = ["class", "faces", "recall, 95%", "precision, 95%", "F1, 95%"]
    rows = []
    for row, name in enumerate(NAMES):
        cells = [name, count(sum(found.confusion[row]) + found.missed[name])]
        for key in ("recall", "precision", "f1"):
            cells.append(scored(getattr(found, key)[name], getattr(found.interval, key)[name]))
        rows.append(cells)
    return table(headings, rows)


def confusion(subject: Subject) -> str | None:
    """Show what each class was taken for."""
    found = subject.scores
    if found is None:
        return None
    return paragraph(
        "Each row is a true class; the numbers are the percent of its faces that the network gave"
        f" each name, of {count(found.n)} faces in all ({subject.split}).",
        _worst(found),
    ) + confusion_map(found.confusion, list(found.missed.values()))


def _worst(found: Scores) -> str:
    """Name the most frequent mistakes."""
    mistakes = sorted(
        (
            (cell, true, said)
            for true, row in enumerate(found.confusion)
            for said, cell in enumerate(row)
            if cell and true != said
        ),
        key=lambda mistake: -mistake[0],
    )
    named = [
        f"{NAMES[true]} for {NAMES[said]} ({count(cell)} of {count(sum(found.confusion[true]))})"
        for cell, true, said in mistakes[:_WORST]
    ]
    return f"Most often it takes {', '.join(named)}." if named else "It makes no mistake."
