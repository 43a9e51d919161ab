"""The part of a report that holds networks against each other."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Any

from mien.errors import DataError
from mien.evaluation.comparison import compare
from mien.report.html import NONE, count, figure, number, paragraph, scored, table
from mien.report.inputs import Subject
from mien.report.svg import Bar, bars

_FEW = 0.0001
"""A p-value below which four digits would say 0."""


def comparison(subjects: Sequence[Subject], anchors: Sequence[str]) -> str:
    """Compare networks by their headline scores, and by pairs where predictions are known.

    Parameters
    ----------
    subjects
        The networks.
    anchors
        Where the page shows each.
    """
    chart = [
        Bar(each.name, each.scores.accuracy, each.scores.interval.accuracy)
        for each in subjects
        if each.scores
    ]
    said = "; ".join(f"{bar.name} {bar.value:.3f}" for bar in chart)
    title = "Accuracy, with 95% intervals"
    return "".join(
        [
            paragraph(*_said(subjects)),
            _table(subjects, anchors),
            figure(bars(title, said, chart)) if chart else "",
            _pairs(subjects),
        ]
    )


def _said(subjects: Sequence[Subject]) -> Iterator[str]:
    yield (
        "Accuracy has Wilson's 95% interval, macro F1 and the expected calibration error (ECE) a"
        " bootstrap's; spoilt is the mean accuracy over corruptions and severities."
    )
    measured = {(each.scores.split, each.scores.n) for each in subjects if each.scores}
    if len(measured) > 1:
        yield (
            "<strong>The networks were measured on different faces, so their scores cannot be"
            " compared.</strong>"
        )
    else:
        yield (
            "Overlapping intervals do not say that two networks are equal: both read the same"
            " faces, and only a comparison by pairs tells."
        )


def _table(subjects: Sequence[Subject], anchors: Sequence[str]) -> str:
    headings = ["network", "split", "faces", "accuracy, 95%", "macro F1, 95%", "ECE, 95%"]
    rows = [_row(each, anchor) for each, anchor in zip(subjects, anchors, strict=True)]
    return table([*headings, "spoilt"], rows)


def _row(each: Subject, anchor: str) -> list[str]:
    found = each.scores
    name = f'<a href="#{anchor}">{html.escape(each.name)}</a>'
    spoilt = number(each.robustness.mean_corruption_accuracy) if each.robustness else NONE
    if found is None:
        return [name, *[NONE] * 5, spoilt]
    return [
        name,
        html.escape(found.split or "not said"),
        count(found.n),
        scored(found.accuracy, found.interval.accuracy),
        scored(found.macro_f1, found.interval.macro_f1),
        scored(found.ece, found.interval.ece),
        spoilt,
    ]


def _pairs(subjects: Sequence[Subject]) -> str:
    """Hold each network against the most accurate one, on the same faces."""
    known = [each for each in subjects if each.scores and each.predictions]
    if len(known) < 2:
        return ""
    best = max(known, key=lambda each: each.scores.accuracy if each.scores else 0)
    rows = [_pair(best, each) for each in known if each is not best]
    name = html.escape(best.name)
    about = paragraph(
        f"No network is more accurate than {name}. Here is how far the others' scores are from"
        " its own, on the same faces, with the 95% interval of a paired bootstrap; p is McNemar's"
        " exact test. A difference counts only where the interval leaves out 0 and p is below 0.05."
    )
    headings = ["network", "accuracy, 95%", "macro F1, 95%", "p", "verdict"]
    return f"<h4>By pairs, against {name}</h4>{about}{table(headings, rows)}"


def _pair(best: Subject, other: Subject) -> list[str]:
    name = html.escape(other.name)
    if best.predictions is None or other.predictions is None:
        return [name, *[NONE] * 4]
    try:
        found = compare(best.predictions, other.predictions)
    except DataError as error:
        return [name, *[NONE] * 3, html.escape(error.problem)]
    return [name, *_differences(found), _p(found), _verdict(found)]


def _differences(found: dict[str, Any]) -> Iterator[str]:
    for key in ("accuracy", "macro_f1"):
        yield scored(found["difference"][key], found["interval"][key])


def _p(found: dict[str, Any]) -> str:
    p = found["mcnemar"]["p"]
    return number(p, 4) if p >= _FEW else f'<data value="{p!r}">&lt; 0.0001</data>'


def _verdict(found: dict[str, Any]) -> str:
    return {"a": "worse", "b": "better", None: "within the noise"}[found["better"]]
