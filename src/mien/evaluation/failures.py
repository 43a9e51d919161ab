"""Finds in a card's numbers where a network fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mien.evaluation.markdown import number
from mien.expression import NAMES

_CLASSES, _CONFUSIONS, _CORRUPTIONS = 2, 5, 3
"""How many of each are named."""


def failures(scores: dict[str, Any], robustness: dict[str, Any] | None) -> Iterator[str]:
    """Name the weakest classes, the most frequent confusions and the worst corruptions.

    Parameters
    ----------
    scores
        What `mien.evaluation.score_crops` gives for one split.
    robustness
        The part of a card; None where it was not measured.
    """
    yield f"Found least often: {_weakest(scores, 'recall')}."
    yield f"Least to be trusted when named: {_weakest(scores, 'precision')}."
    yield from _confusions(scores["confusion"])
    if scores.get("accuracy_unique") is not None:
        yield (
            f"Of {scores['n']:,} faces {scores['n'] - scores['n_unique']:,} are pixel-identical to"
            " one of the training data; accuracy without them is"
            f" {number(scores['accuracy_unique'], scores['interval']['accuracy_unique'])}."
        )
    if robustness is not None:
        yield from _corruptions(robustness)


def _weakest(scores: dict[str, Any], key: str) -> str:
    """Name the classes whose score is lowest, and the score."""
    known = {name: value for name, value in scores[key].items() if value is not None}
    return ", ".join(
        f"**{name}**, {key} {number(known[name], scores['interval'][key][name])}"
        for name in sorted(known, key=lambda name: known[name])[:_CLASSES]
    )


def _confusions(matrix: list[list[int]]) -> Iterator[str]:
    """Name the pairs of classes that are confused most often."""
    cells = [
        (count, NAMES[row], NAMES[column], sum(counts))
        for row, counts in enumerate(matrix)
        for column, count in enumerate(counts)
        if row != column and count
    ]
    for count, true, read, total in sorted(cells, key=lambda cell: -cell[0])[:_CONFUSIONS]:
        share = f"{count:,} of {total:,} faces ({count / total:.1%})"
        yield f"**{true}** is read as **{read}**: {share}."


def _corruptions(robustness: dict[str, Any]) -> Iterator[str]:
    """Name the corruptions that cost the most accuracy."""
    clean = robustness["clean"]["accuracy"]
    means = {name: each["mean_accuracy"] for name, each in robustness["corruptions"].items()}
    for name in sorted(means, key=lambda name: means[name])[:_CORRUPTIONS]:
        yield (
            f"Under **{name.replace('_', ' ')}** accuracy is {means[name]:.3f} instead of"
            f" {clean:.3f} (mean of the severities)."
        )
