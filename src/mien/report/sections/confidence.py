"""The parts of a report on how far a network's confidence can be relied on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mien.evaluation.calibration import BINS
from mien.evaluation.results import Bin, Conformal, Scores, Selective, Sets
from mien.evaluation.selective import risk_coverage
from mien.report.html import (
    beside,
    between,
    count,
    figure,
    folded,
    number,
    paragraph,
    percent,
    scored,
    table,
)
from mien.report.inputs import Subject
from mien.report.svg import Frame, Line, Mark, line_chart
from mien.report.svg import reliability as draw_reliability

_POINTS = 200
"""Of the curve that is drawn, enough for its width."""
_METHODS = {
    "lac": "LAC takes every class above one probability.",
    "aps": "APS adds up the likeliest classes, with chance at the edge, and may be empty.",
    "shown": "SHOWN is what mien detect shows: as APS without the chance, and never empty.",
}
_LEAST_COVERAGE = 0.01
"""Where the curve begins: before it a single face moves it up or down."""


def reliability(subject: Subject) -> str | None:
    """Show whether faces read with some confidence are right as often as it says."""
    found = subject.scores
    if found is None or found.reliability is None:
        return None
    bins = [each for each in found.reliability if each.count]
    said = "; ".join(
        f"confidence {each.confidence:.3f}, right {each.accuracy:.3f}" for each in bins
    )
    chart = draw_reliability("Share that is right, by confidence", said, bins)
    return paragraph(*_said_of_reliability(found, bins)) + figure(chart) + _bins(bins)


def _said_of_reliability(found: Scores, bins: Sequence[Bin]) -> Iterator[str]:
    faces = sum(each.count for each in bins)
    yield (
        "Each point is the faces of one bin of confidence: how sure the network was of its answer,"
        " across, and how often it was right, up, with Wilson's 95% interval. On the dashed line"
        " the two are equal; below it the network is too sure of itself. Grey bars count the"
        f" {count(faces)} faces."
    )
    mean = sum(each.count * (each.confidence or 0) for each in bins) / faces
    right = sum(each.count * (each.accuracy or 0) for each in bins) / faces
    kind = "too sure" if mean > right else "not sure enough"
    yield (
        f"Its mean confidence is {mean:.3f} where {right:.3f} are right: on average it is {kind}"
        f" by {abs(mean - right):.3f}."
    )
    if found.ece is not None:
        yield (
            f"The expected calibration error over {BINS} bins is {number(found.ece)}"
            f" ({between(found.interval.ece)})."
        )


def _bins(bins: Sequence[Bin]) -> str:
    rows = [
        [
            f"{each.low:.3f} to {each.high:.3f}",
            count(each.count),
            number(each.confidence),
            scored(each.accuracy, each.interval),
        ]
        for each in bins
    ]
    headings = ["confidence", "faces", "mean", "right, 95%"]
    return folded("The numbers", table(headings, rows))


def risk(subject: Subject) -> str | None:
    """Show what is gained by answering only where the network is confident."""
    found = subject.scores
    if found is None or found.accuracy_at_coverage is None:
        return None
    return (
        paragraph(*_said_of_risk(subject, found, found.accuracy_at_coverage))
        + beside(
            _risk_chart(subject, found.accuracy_at_coverage),
            _coverages(found, found.accuracy_at_coverage),
        )
    )


def _said_of_risk(subject: Subject, found: Scores, at: dict[int, float]) -> Iterator[str]:
    yield (
        "A network may be asked to answer only where it is sure. Across is the share of faces that"
        " it answers, the surest first; up is the share of these that it gets wrong."
    )
    if subject.predictions is None:
        yield f"The {len(at)} points have Wilson's 95% intervals."
    else:
        yield (
            f"The line is exact, from what it said of each face (from"
            f" {100 * _LEAST_COVERAGE:g}% on); points have Wilson's 95% intervals."
        )
    if found.aurc is not None:
        yield (
            f"The area under the curve is {number(found.aurc)} ({between(found.interval.aurc)}),"
            " 0 at best."
        )
    if found.selective is not None:
        yield _answers(found.selective)


def _answers(found: Selective) -> str:
    target = number(found.target_accuracy, 2)
    if found.threshold is None:
        return f"No confidence is high enough for an accuracy of {target} on these faces."
    return (
        f"From a confidence of {number(found.threshold, 4)} on, the answers reach an accuracy of"
        f" {number(found.accuracy)} ({between(found.interval.accuracy)}; wanted: {target}), and"
        f" {percent(found.coverage)} of the faces are answered ({count(found.answered)}). That"
        " confidence was chosen on these very faces, so expect a little less on others."
    )


def _risk_chart(subject: Subject, at: dict[int, float]) -> str:
    marks, points = list(_risk_marks(subject, at)), curve(subject)
    heights = [y for _, y in points] + [mark.interval[1] for mark in marks if mark.interval]
    return line_chart(
        "Share that is wrong, by share answered",
        "; ".join(f"{100 * mark.x:g}% answered, {mark.y:.3f} wrong" for mark in marks),
        Frame((0, 1), (0, 1.1 * max(heights, default=0) or 1)),
        "share answered",
        [Line("", points, "one")] if points else [],
        marks,
    )


def curve(subject: Subject) -> list[tuple[float, float]]:
    """Give points of the exact curve, coverage and risk; none without predictions."""
    if subject.predictions is None:
        return []
    coverage, wrong = risk_coverage(subject.predictions.probabilities, subject.predictions.labels)
    wanted = np.linspace(_LEAST_COVERAGE, 1, _POINTS)
    # Each point drawn is one of the curve's own, at the next coverage that can be had.
    rows = np.unique(np.searchsorted(coverage, wanted - 1e-9))
    return list(zip(coverage[rows].tolist(), wrong[rows].tolist(), strict=True))


def _risk_marks(subject: Subject, at: dict[int, float]) -> Iterator[Mark]:
    intervals = (subject.scores.interval.accuracy_at_coverage if subject.scores else None) or {}
    for share, accuracy in at.items():
        low, high = intervals.get(share, (accuracy, accuracy))
        yield Mark(share / 100, 1 - accuracy, (1 - high, 1 - low))


def _coverages(found: Scores, at: dict[int, float]) -> str:
    intervals = found.interval.accuracy_at_coverage or {}
    rows = [
        [f"{share}%", scored(accuracy, intervals.get(share))]
        for share, accuracy in at.items()
    ]
    return table(["surest", "accuracy, 95% interval"], rows)


def sets(subject: Subject) -> str | None:
    """Show how large sets must be to hold the true expression as often as is wanted."""
    found = subject.scores.conformal if subject.scores else None
    if found is None:
        return None
    headings = ["method", "wanted", "held, 95%", "mean size, 95%", "one name", "empty"]
    return paragraph(*_said_of_sets(found)) + table(headings, map(_set_row, found.sets))


def _said_of_sets(found: Conformal) -> Iterator[str]:
    yield (
        "Instead of one name a network may give a set, such as sad or neutral, made so that a"
        " wanted share of the sets holds the true one (conformal prediction). The smaller the"
        " sets are, the more they say."
    )
    first, second = (count(half) for half in found.halves)
    yield (
        f"The faces were parted at random (seed {found.seed}) into {first} and {second}, and each"
        " half was measured with the limit that the other gave."
    )
    methods = {each.method for each in found.sets}
    yield from (said for method, said in _METHODS.items() if method in methods)


def _set_row(each: Sets) -> list[str]:
    return [
        each.method.upper(),
        number(each.level, 2),
        scored(each.coverage, each.interval.coverage),
        scored(each.size, each.interval.size, 2),
        percent(each.single),
        percent(each.empty),
    ]
