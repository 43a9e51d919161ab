"""Sections on how well a network does over all, by class, and what it confuses."""

from __future__ import annotations

import html
from collections.abc import Iterator

from mien.classes import Expression
from mien.evaluation.calibration import BINS
from mien.evaluation.results import BaseScores, Scores
from mien.evaluation.wording import HEADLINE, worst_confusions
from mien.figures import Bar, draw_bars, draw_confusion, inline
from mien.report.html import beside, count, figures, folded, paragraph, score, table
from mien.report.inputs import NetworkResults

_WORST = 3
"""How many of the most frequent mistakes are named."""


def scores(network: NetworkResults) -> str | None:
    """Return the headline scores, then those of the classes."""
    measured = network.scores
    if measured is None:
        return None
    bars = [
        Bar(expression.name, value, measured.interval.recall[expression.name], _hex(expression))
        for expression in measured.classes
        if (value := measured.recall[expression.name]) is not None
    ]
    title = "Recall by class, with 95% intervals"
    values = "; ".join(f"{bar.name} {bar.value:.3f}" for bar in bars)
    return "".join(
        [
            paragraph(*_about_scores(network, measured)),
            _headline(measured),
            "<h4>By class</h4>",
            paragraph(
                "Recall is the share of a class's faces that are classified correctly; precision"
                " is the share of correct predictions among all predictions of that class; F1 is"
                " their harmonic mean."
            ),
            beside(inline(draw_bars(bars, title), title, values), _classes(measured))
            if bars
            else _classes(measured),
        ]
    )


def _hex(expression: Expression) -> str:
    """Return the colour of a class as ``"#rrggbb"``."""
    return "#" + "".join(f"{value:02x}" for value in expression.colour)


def _about_scores(network: NetworkResults, measured: Scores) -> Iterator[str]:
    classes = len(measured.classes)
    yield (
        f"Measured on {count(measured.n)} faces ({network.split}). Accuracy is the share of"
        " correct predictions. Balanced accuracy is the mean recall and macro F1 the mean F1 of"
        f" the {classes} classes, so that rare classes count as much as frequent ones."
    )
    yield (
        f"The calibration error is the mean gap between confidence and accuracy over {BINS} bins."
        f" The Brier score and the log-likelihood judge all {classes} probabilities. For these"
        " and for the area under the risk-coverage curve, lower is better."
    )
    yield (
        "Intervals are 95% intervals: Wilson's for proportions such as accuracy, recall and"
        f" precision, and from {count(measured.bootstrap.resamples)} bootstrap resamples (seed"
        f" {measured.bootstrap.seed}) for the other scores."
    )


def _headline(measured: Scores) -> str:
    columns: list[BaseScores] = [measured]
    columns += [] if measured.unique is None else [measured.unique]
    headings = ["score", "all faces, 95% interval", "without duplicates, 95% interval"]
    rows = [
        [name, *(score(getattr(part, key), getattr(part.interval, key)) for part in columns)]
        for key, name in HEADLINE.items()
        if hasattr(measured.interval, key)
        and key != "accuracy_unique"
        and getattr(measured, key) is not None
    ]
    rows.append(["faces", *(count(part.n) for part in columns)])
    return table(headings[: 1 + len(columns)], rows)


def _classes(measured: Scores) -> str:
    headings = ["class", "faces", "recall, 95%", "precision, 95%", "F1, 95%"]
    rows = [
        [
            html.escape(name),
            count(faces),
            *(
                score(getattr(measured, key)[name], getattr(measured.interval, key)[name])
                for key in ("recall", "precision", "f1")
            ),
        ]
        for name, faces in measured.faces.items()
    ]
    return table(headings, rows)


def confusion(network: NetworkResults) -> str | None:
    """Return which class was predicted for which."""
    measured = network.scores
    if measured is None:
        return None
    names, missed = measured.classes.names, list(measured.missed.values())
    title = "Predictions by true class, in percent"
    chart = draw_confusion(measured.confusion, names, title, missed)
    about = paragraph(
        "Each row is a true class. The numbers are the percentages of its faces for which the"
        f" network predicted each class, of {count(measured.n)} faces in all ({network.split}).",
        _worst(measured),
    )
    described = "; ".join(
        f"{name}: {100 * value:.0f}% correct"
        for name, value in measured.recall.items()
        if value is not None
    )
    counts = folded("The counts", _counts(measured))
    return about + figures(inline(chart, title, described)) + counts


def _counts(measured: Scores) -> str:
    names, missed = [html.escape(name) for name in measured.classes.names], measured.missed
    lost = any(missed.values())
    rows = [
        [name, *map(count, row), *([count(away)] if lost else []), count(sum(row) + away)]
        for name, row, away in zip(names, measured.confusion, missed.values(), strict=True)
    ]
    return table(["true class", *names, *(["not found"] if lost else []), "faces"], rows)


def _worst(measured: Scores) -> str:
    """Name the most frequent mistakes."""
    described = [
        f"{html.escape(mistake.label)} for {html.escape(mistake.answer)}"
        f" ({count(mistake.faces)} of {count(measured.faces[mistake.label])} faces)"
        for mistake in worst_confusions(measured, _WORST)
    ]
    if not described:
        return "It makes no mistakes."
    return f"Its most frequent mistakes: it takes {'; '.join(described)}."
