"""Results of comparing two networks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mien.evaluation.results.base import Count, Range, Result, Share


class Side(Result):
    """One of two networks that are compared."""

    net: str
    sha256: str | None = None
    """Of the network, as in its scores; None in older files."""
    accuracy: Share
    macro_f1: Share


class Difference(Result):
    """The scores of network b minus those of a: above 0 where b is better."""

    accuracy: float
    macro_f1: float


class DifferenceIntervals(Result):
    """95% intervals of `Difference`, by a paired bootstrap."""

    accuracy: Range
    macro_f1: Range


class McNemar(Result):
    """McNemar's exact test of two networks on the same faces."""

    only_a: Count
    """Faces that only a reads right."""
    only_b: Count
    p: Share


class Comparison(Result):
    """Two networks on the same faces."""

    n: Annotated[int, Field(ge=1)]
    sign: Literal["b minus a"] = "b minus a"
    """What is subtracted: a is the network named first, so a difference above 0 favours b."""
    a: Side
    b: Side
    difference: Difference
    interval: DifferenceIntervals
    mcnemar: McNemar
    better: Literal["a", "b"] | None
    """By accuracy, if the interval excludes 0 and the test gives p below `SIGNIFICANCE`."""
    better_macro_f1: Literal["a", "b"] | None
    """By macro F1, if its interval excludes 0."""
    seed: int
    resamples: Count
