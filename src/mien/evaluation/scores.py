"""Scores of a network's probabilities against the true labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mien.classes import Vocabulary
from mien.errors import DataError
from mien.evaluation.bootstrap import (
    RESAMPLES,
    Interval,
    Labels,
    Probabilities,
    Weighted,
    bootstrap,
    value,
    wilson,
)
from mien.evaluation.calibration import reliability, weighted_brier, weighted_ece, weighted_nll
from mien.evaluation.confusion import (
    Predicted,
    confusion,
    weighted_balanced_accuracy,
    weighted_f1,
    weighted_macro_f1,
)
from mien.evaluation.results import (
    BaseScores,
    Bootstrap,
    Headline,
    HeadlineIntervals,
    Intervals,
)
from mien.evaluation.selective import COVERAGES, accuracy_at, weighted_aurc

_CONFIDENCE = {
    "ece": weighted_ece,
    "nll": weighted_nll,
    "brier": weighted_brier,
    "aurc": weighted_aurc,
}


def score(
    probabilities: Probabilities,
    labels: Labels,
    vocabulary: Vocabulary,
    missed: Labels | None = None,
    seed: int = 0,
) -> BaseScores:
    """Score a network, with 95% intervals.

    Parameters
    ----------
    probabilities
        ``float32 [N, K]``, rows summing to 1.
    labels
        ``int8 [N]``, the true classes.
    vocabulary
        The K classes.
    missed
        ``int8 [M]``, the true classes of the faces that were not detected. They count as errors
        in the scores of classes and not at all in those of confidence.
    seed
        Seed of the bootstrap.

    Raises
    ------
    DataError
        If there is no face, or there are not K columns of probabilities.
    """
    _check_shape(probabilities, labels, vocabulary)
    lost = np.zeros(0, np.int8) if missed is None else missed
    truth = np.concatenate([labels, lost])
    if not len(truth):
        raise DataError("There is no face to score.", "Name a split that has faces.", "split")
    predicted = np.concatenate([probabilities.argmax(axis=1), np.full(len(lost), len(vocabulary))])
    by_class = _ByClass(vocabulary, confusion(truth, predicted, len(vocabulary)))
    means = _mean_scores(truth, predicted, vocabulary, by_class.totals + by_class.answers > 0, seed)
    sure = _confidence_scores(probabilities, labels, seed)
    at = {share: accuracy_at(probabilities, labels, share) for share in COVERAGES if len(labels)}
    return BaseScores(
        classes=vocabulary,
        n=len(truth),
        accuracy=by_class.hits / len(truth),
        balanced_accuracy=means.values["balanced_accuracy"],
        macro_f1=means.values["macro_f1"],
        recall=_shares(by_class.right, by_class.totals, vocabulary),
        precision=_shares(by_class.right, by_class.answers, vocabulary),
        f1={name: means.values.get(f"f1 {name}") for name in vocabulary.names},
        confusion=tuple(map(tuple, by_class.matrix[:, :-1].tolist())),
        missed=dict(zip(vocabulary.names, by_class.matrix[:, -1].tolist(), strict=True)),
        ece=sure.values.get("ece"),
        nll=sure.values.get("nll"),
        brier=sure.values.get("brier"),
        aurc=sure.values.get("aurc"),
        accuracy_at_coverage={share: accuracy for share, (accuracy, _) in at.items()} or None,
        reliability=reliability(probabilities, labels) if len(labels) else None,
        interval=_intervals(by_class, means, sure, at),
        bootstrap=Bootstrap(seed=seed, resamples=RESAMPLES),
    )


def _check_shape(probabilities: Probabilities, labels: Labels, vocabulary: Vocabulary) -> None:
    """Refuse probabilities that are not one row for each label and one column for each class."""
    if probabilities.shape != (len(labels), len(vocabulary)):
        raise DataError(
            f"Expected probabilities [{len(labels)}, {len(vocabulary)}], got"
            f" {list(probabilities.shape)}.",
            "Use a network and labels of the same classes.",
        )


@dataclasses.dataclass(frozen=True)
class _ByClass:
    """How the faces of each class were answered."""

    vocabulary: Vocabulary
    matrix: NDArray[np.int64]
    """As `confusion` returns it, missed faces in the last column."""

    @property
    def totals(self) -> NDArray[np.int64]:
        """Faces of each class."""
        return np.asarray(self.matrix.sum(axis=1))

    @property
    def answers(self) -> NDArray[np.int64]:
        """Faces that each class was the answer for."""
        return np.asarray(self.matrix.sum(axis=0)[:-1])

    @property
    def right(self) -> NDArray[np.int64]:
        """Faces of each class that were recognised."""
        return self.matrix.diagonal()

    @property
    def hits(self) -> int:
        """Faces that were recognised."""
        return int(self.right.sum())


def _intervals(
    by_class: _ByClass,
    means: _Measured,
    sure: _Measured,
    at: Mapping[int, tuple[float, Interval]],
) -> Intervals:
    """Return the 95% intervals of all scores."""
    names = by_class.vocabulary.names
    return Intervals(
        accuracy=wilson(by_class.hits, int(by_class.totals.sum())),
        balanced_accuracy=means.intervals["balanced_accuracy"],
        macro_f1=means.intervals["macro_f1"],
        recall=_share_intervals(by_class.right, by_class.totals, by_class.vocabulary),
        precision=_share_intervals(by_class.right, by_class.answers, by_class.vocabulary),
        f1={name: means.intervals.get(f"f1 {name}", (0.0, 1.0)) for name in names},
        ece=sure.intervals.get("ece"),
        nll=sure.intervals.get("nll"),
        brier=sure.intervals.get("brier"),
        aurc=sure.intervals.get("aurc"),
        accuracy_at_coverage={share: bounds for share, (_, bounds) in at.items()} or None,
    )


def headline(
    probabilities: Probabilities, labels: Labels, vocabulary: Vocabulary, seed: int = 0
) -> Headline:
    """Return the few scores that groups of faces are compared by, with their intervals.

    Parameters
    ----------
    probabilities, labels
        ``float32 [N, K]`` and ``int8 [N]``, N at least 1.
    vocabulary
        The K classes.
    seed
        Seed of the bootstrap.
    """
    predicted = probabilities.argmax(axis=1)
    right = int((predicted == labels).sum())
    functions: dict[str, Weighted] = {
        "balanced_accuracy": weighted_balanced_accuracy(labels, predicted, len(vocabulary)),
        "macro_f1": weighted_macro_f1(labels, predicted, len(vocabulary)),
        "ece": weighted_ece(probabilities, labels),
    }
    scores = _Measured.of(functions, len(labels), seed)
    return Headline(
        n=len(labels),
        accuracy=right / len(labels),
        balanced_accuracy=scores.values["balanced_accuracy"],
        macro_f1=scores.values["macro_f1"],
        ece=scores.values["ece"],
        interval=HeadlineIntervals(
            accuracy=wilson(right, len(labels)),
            balanced_accuracy=scores.intervals["balanced_accuracy"],
            macro_f1=scores.intervals["macro_f1"],
            ece=scores.intervals["ece"],
        ),
    )


@dataclasses.dataclass(frozen=True)
class _Measured:
    """Scores and their 95% intervals, by name."""

    values: dict[str, float]
    intervals: dict[str, Interval]

    @classmethod
    def of(cls, functions: dict[str, Weighted], count: int, seed: int) -> _Measured:
        """Measure functions of weights on all faces, which all see the same resamples."""
        values = {name: value(function, count) for name, function in functions.items()}
        return cls(values, bootstrap(functions, count, seed, biased=("ece",)))


def _mean_scores(
    truth: Labels, predicted: Predicted, vocabulary: Vocabulary, seen: NDArray[np.bool_], seed: int
) -> _Measured:
    """Measure the means over classes, and ``f1 NAME`` of every class that was seen."""
    count = len(vocabulary)
    functions = {
        "balanced_accuracy": weighted_balanced_accuracy(truth, predicted, count),
        "macro_f1": weighted_macro_f1(truth, predicted, count),
    } | {
        f"f1 {name}": weighted_f1(truth, predicted, count, number)
        for number, name in enumerate(vocabulary.names)
        if seen[number]
    }
    return _Measured.of(functions, len(truth), seed)


def _shares(
    right: NDArray[np.int64], totals: NDArray[np.int64], vocabulary: Vocabulary
) -> dict[str, float | None]:
    """Return a proportion by class, None for a class without faces."""
    counts = zip(vocabulary.names, right.tolist(), totals.tolist(), strict=True)
    return {name: hits / total if total else None for name, hits, total in counts}


def _share_intervals(
    right: NDArray[np.int64], totals: NDArray[np.int64], vocabulary: Vocabulary
) -> dict[str, Interval]:
    """Return Wilson's interval of each of `_shares`."""
    counts = zip(vocabulary.names, right.tolist(), totals.tolist(), strict=True)
    return {name: wilson(hits, total) for name, hits, total in counts}


def _confidence_scores(
    probabilities: Probabilities, labels: Labels, seed: int
) -> _Measured:
    """Measure the scores of confidence; none of them without faces."""
    if not len(labels):
        return _Measured({}, {})
    functions = {name: make(probabilities, labels) for name, make in _CONFIDENCE.items()}
    return _Measured.of(functions, len(labels), seed)
