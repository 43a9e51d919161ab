"""Sections on how far a network's confidence can be relied on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from mien.evaluation.calibration import BINS
from mien.evaluation.results import Bin, Conformal, Scores, Selective, SetScores
from mien.evaluation.selective import risk_coverage
from mien.evaluation.wording import METHODS
from mien.figures import inline
from mien.report.figures import draw_reliability, draw_risk
from mien.report.html import (
    beside,
    between,
    count,
    figures,
    folded,
    number,
    paragraph,
    percent,
    score,
    table,
)
from mien.report.inputs import NetworkResults

_POINTS = 200
"""Of the curve that is drawn; enough for its width."""
_LEAST_COVERAGE = 0.01
"""Where the curve begins: below it a single face moves it up or down."""
_ABOUT_METHODS = {
    "lac": "LAC keeps every class above one probability.",
    "aps": "APS adds up the most probable classes, at random at the edge, and may be empty.",
    "shown": "What mien detect shows is APS without the randomness, and never empty.",
}


def reliability(network: NetworkResults) -> str | None:
    """Return whether the network is right as often as its confidence says."""
    measured = network.scores
    if measured is None or measured.reliability is None:
        return None
    bins = [bin_ for bin_ in measured.reliability if bin_.count]
    title = "Accuracy by confidence"
    values = "; ".join(
        f"confidence {bin_.confidence:.3f}, accuracy {bin_.accuracy:.3f}" for bin_ in bins
    )
    chart = inline(draw_reliability(bins, title), title, values)
    return paragraph(*_about_reliability(measured, bins)) + figures(chart) + _bins(bins)


def _about_reliability(measured: Scores, bins: Sequence[Bin]) -> Iterator[str]:
    faces = sum(bin_.count for bin_ in bins)
    yield (
        "Each point stands for the faces in one bin of confidence. The horizontal axis shows their"
        " mean confidence, the vertical axis how often the network was right, with Wilson's 95%"
        " interval. On the dashed line the two are equal; below it the network is overconfident."
        f" Gray bars show how the {count(faces)} faces are distributed."
    )
    confidence = sum(bin_.count * (bin_.confidence or 0) for bin_ in bins) / faces
    accuracy = sum(bin_.count * (bin_.accuracy or 0) for bin_ in bins) / faces
    kind = "overconfident" if confidence > accuracy else "underconfident"
    yield (
        f"Mean confidence is {confidence:.3f} and accuracy {accuracy:.3f}: on average the network"
        f" is {kind} by {abs(confidence - accuracy):.3f}."
    )
    if measured.ece is not None:
        yield (
            f"The expected calibration error over {BINS} bins is {number(measured.ece)}"
            f" ({between(measured.interval.ece)})."
        )


def _bins(bins: Sequence[Bin]) -> str:
    rows = [
        [
            f"{bin_.low:.3f} to {bin_.high:.3f}",
            count(bin_.count),
            number(bin_.confidence),
            score(bin_.accuracy, bin_.interval),
        ]
        for bin_ in bins
    ]
    headings = ["confidence", "faces", "mean confidence", "accuracy, 95%"]
    return folded("The numbers", table(headings, rows))


def risk(network: NetworkResults) -> str | None:
    """Return what is gained by answering only where the network is confident."""
    measured = network.scores
    if measured is None or measured.accuracy_at_coverage is None:
        return None
    points, curve = list(_points(measured)), risk_curve(network)
    title = "Share of wrong answers, by share answered"
    values = "; ".join(f"{100 * x:g}% answered, {y:.3f} wrong" for x, y, _ in points)
    return paragraph(*_about_risk(network, measured, len(points))) + beside(
        inline(draw_risk(curve, points, title), title, values),
        _coverages(measured, measured.accuracy_at_coverage),
    )


def _about_risk(network: NetworkResults, measured: Scores, points: int) -> Iterator[str]:
    yield (
        "A network can be asked to answer only where it is confident. The horizontal axis shows the"
        " share of faces that it answers, the most confident first; the vertical axis shows how"
        " many of these answers are wrong."
    )
    if network.predictions is None:
        yield f"The {points} points have Wilson's 95% intervals."
    else:
        yield (
            "The line is exact, computed from the prediction for each face (from a coverage of"
            f" {100 * _LEAST_COVERAGE:g}% on); the points have Wilson's 95% intervals."
        )
    if measured.aurc is not None:
        yield (
            f"The area under the curve is {number(measured.aurc)}"
            f" ({between(measured.interval.aurc)}); 0 would be perfect."
        )
    if measured.selective is not None:
        yield _selective(measured.selective)


def _selective(answers: Selective) -> str:
    target = number(answers.target_accuracy, 2)
    if answers.threshold is None:
        return f"No confidence threshold reaches an accuracy of {target} on these faces."
    return (
        f"At a confidence of {number(answers.threshold, 4)} or more, accuracy is"
        f" {number(answers.accuracy)} ({between(answers.interval.accuracy)}; target: {target}) and"
        f" {percent(answers.coverage)} of the faces are answered ({count(answers.answered)}). The"
        " threshold was chosen on these same faces, so expect slightly less on others."
    )


def risk_curve(network: NetworkResults) -> list[tuple[float, float]]:
    """Return points of the exact curve, coverage and risk; none without predictions."""
    if network.predictions is None:
        return []
    coverage, wrong = risk_coverage(network.predictions.probabilities, network.predictions.labels)
    places = np.linspace(_LEAST_COVERAGE, 1, _POINTS)
    # Every point drawn is one of the curve's own, at the next coverage that exists.
    rows = np.unique(np.searchsorted(coverage, places - 1e-9))
    return list(zip(coverage[rows].tolist(), wrong[rows].tolist(), strict=True))


def _points(measured: Scores) -> Iterator[tuple[float, float, tuple[float, float]]]:
    """Return coverage, risk and the risk's interval where they were measured."""
    intervals = measured.interval.accuracy_at_coverage or {}
    for share, accuracy in (measured.accuracy_at_coverage or {}).items():
        low, high = intervals.get(share, (accuracy, accuracy))
        yield share / 100, 1 - accuracy, (1 - high, 1 - low)


def _coverages(measured: Scores, at: Mapping[int, float]) -> str:
    intervals = measured.interval.accuracy_at_coverage or {}
    rows = [
        [f"{share}%", score(accuracy, intervals.get(share))] for share, accuracy in at.items()
    ]
    return table(["answered", "accuracy, 95%"], rows)


def prediction_sets(network: NetworkResults) -> str | None:
    """Return how large prediction sets must be to hold the true class often enough."""
    measured = network.scores.conformal if network.scores else None
    if measured is None:
        return None
    headings = ["method", "target", "coverage, 95%", "mean size, 95%", "one class", "empty"]
    return paragraph(*_about_sets(measured)) + table(headings, map(_set_row, measured.sets))


def _about_sets(measured: Conformal) -> Iterator[str]:
    yield (
        "Instead of one class a network can give a set of classes, chosen so that a given share of"
        " the sets, the coverage, holds the true class (conformal prediction). The smaller the"
        " sets, the more they say."
    )
    first, second = (count(half) for half in measured.halves)
    yield (
        f"The faces were split at random (seed {measured.seed}) into {first} and {second}, and"
        " each half was measured with the threshold fitted on the other."
    )
    methods = {entry.method for entry in measured.sets}
    yield from (about for method, about in _ABOUT_METHODS.items() if method in methods)


def _set_row(entry: SetScores) -> list[str]:
    return [
        METHODS[entry.method],
        number(entry.level, 2),
        score(entry.coverage, entry.interval.coverage),
        score(entry.size, entry.interval.size, 2),
        percent(entry.single),
        percent(entry.empty),
    ]
