"""Tests whether two networks differ significantly."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien.arguments import checked
from mien.errors import DataError
from mien.evaluation.bootstrap import RESAMPLES, Interval, Weights, bootstrap
from mien.evaluation.confusion import confusion, macro_f1, weighted_macro_f1
from mien.evaluation.predictions import Predictions, read_predictions, read_predictions_of
from mien.evaluation.results import (
    SIGNIFICANCE,
    Comparison,
    Difference,
    DifferenceIntervals,
    McNemar,
    Scores,
    Side,
)

_SAME = "Compare the predictions of two networks for the same split of the same data."


def mcnemar(only_a: int, only_b: int) -> float:
    """Return the exact two-sided p-value of McNemar's test (1947), by the binomial distribution.

    Parameters
    ----------
    only_a, only_b
        Faces that only the one and only the other network classifies correctly.
    """
    count, few = only_a + only_b, min(only_a, only_b)
    # In whole numbers, since the powers leave the range of floats from 1,024 faces on.
    tail, ways = 0, 1
    for number in range(few + 1):
        tail += ways
        ways = ways * (count - number) // (number + 1)
    return float(min(1.0, 2 * tail / 2**count))


@checked
def compare(a: Predictions | str | Path, b: Predictions | str | Path, seed: int = 0) -> Comparison:
    """Compare two networks on the same faces.

    Parameters
    ----------
    a, b
        Their predictions, a Parquet file of them, or a JSON file of scores that names one. The
        classes may be numbered differently.
    seed
        Seed of the paired bootstrap: both networks see the same resamples.

    Raises
    ------
    DataError
        If a file cannot be read or names no predictions, or the two do not hold the same classes
        and the same faces with the same labels.
    MissingExtraError
        If a file is named and pyarrow is not installed.

    Examples
    --------
    >>> for net in ("mien-s", "lobonet"):
    ...     scores = mien.evaluate("fer2013.zip", net, predictions=f"{net}.parquet")
    >>> comparison = mien.compare("mien-s.parquet", "lobonet.parquet")
    >>> comparison.n, comparison.difference.accuracy == -mien.compare(
    ...     "lobonet.parquet", "mien-s.parquet"
    ... ).difference.accuracy
    (35, True)
    """
    a, b = _opened(a).by_name(), _opened(b).by_name()
    b = b.relabelled(a.vocabulary)
    _check_same(a, b)
    side_a, side_b = _side(a), _side(b)
    interval = _intervals(a, b, seed)
    right_a, right_b = a.predicted == a.labels, b.predicted == b.labels
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    p = mcnemar(only_a, only_b)
    return Comparison(
        n=len(a.labels),
        sign="b minus a",
        a=side_a,
        b=side_b,
        difference=Difference(
            accuracy=side_b.accuracy - side_a.accuracy,
            macro_f1=side_b.macro_f1 - side_a.macro_f1,
        ),
        interval=interval,
        mcnemar=McNemar(only_a=only_a, only_b=only_b, p=p),
        better=_better(interval.accuracy) if p < SIGNIFICANCE else None,
        better_macro_f1=_better(interval.macro_f1),
        seed=seed,
        resamples=RESAMPLES,
    )


def _opened(source: Predictions | str | Path) -> Predictions:
    """Read predictions from a file, or from the one that a file of scores names."""
    if isinstance(source, Predictions):
        return source
    path = Path(source)
    if path.suffix.lower() != ".json":
        return read_predictions(path)
    scores = Scores.from_file(path)
    if scores.predictions is None:
        raise DataError(
            f"{path} names no predictions, which a comparison needs.",
            "Evaluate the network again, and name a file for its predictions.",
        )
    return read_predictions_of(scores, path.parent / scores.predictions)


def _side(predictions: Predictions) -> Side:
    matrix = confusion(predictions.labels, predictions.predicted, len(predictions.vocabulary))
    return Side(
        net=predictions.net,
        sha256=predictions.net_sha256,
        accuracy=float(matrix.trace() / matrix.sum()),
        macro_f1=macro_f1(matrix),
    )


def _intervals(a: Predictions, b: Predictions, seed: int) -> DifferenceIntervals:
    """Resample the faces, and take both networks' scores on every resample."""
    change = (b.predicted == b.labels).astype(np.float64) - (a.predicted == a.labels)
    before, after = (
        weighted_macro_f1(side.labels, side.predicted, len(a.vocabulary)) for side in (a, b)
    )

    def accuracy(weights: Weights) -> NDArray[np.float64]:
        return np.asarray(weights @ change / weights.sum(axis=1))

    def f1(weights: Weights) -> NDArray[np.float64]:
        return after(weights) - before(weights)

    intervals = bootstrap({"accuracy": accuracy, "macro_f1": f1}, len(a.labels), seed)
    return DifferenceIntervals(accuracy=intervals["accuracy"], macro_f1=intervals["macro_f1"])


def _better(interval: Interval) -> Literal["a", "b"] | None:
    """Return the better one if the interval of b minus a excludes 0."""
    low, high = interval
    if low > 0:
        return "b"
    return "a" if high < 0 else None


def _check_same(a: Predictions, b: Predictions) -> None:
    """Refuse two that were not measured on the same faces; both are sorted by name."""
    if not len(a.names) or not len(b.names):
        raise DataError("There is no face to compare.", _SAME)
    odd = sorted(set(a.names.tolist()) ^ set(b.names.tolist()))
    if odd:
        raise DataError(
            f"The two hold different images, {len(a.names):,} and {len(b.names):,}: {odd[0]} is"
            f" in only one{f', as are {len(odd) - 1:,} more' if len(odd) > 1 else ''}.",
            _SAME,
        )
    if len(a.names) != len(b.names):
        raise DataError("One of the two holds an image twice.", _SAME)
    differing = {"label": a.labels != b.labels}
    if a.crop_shape == b.crop_shape:
        differing = {"image": a.pixels != b.pixels, **differing}
    elif a.sha256 != b.sha256:
        # Crops of other sizes have other digests.
        raise DataError("The two were measured on different data sets.", _SAME)
    for what, differ in differing.items():
        if differ.any():
            raise DataError(
                f"The {what} of {int(differ.sum()):,} of {len(a.names):,} faces differs between"
                f" the two, for one of {a.names[int(differ.argmax())]}.",
                _SAME,
            )
