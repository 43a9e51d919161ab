"""Prediction sets: expressions that include the labelled one as often as was asked for.

This is split conformal prediction: on labelled faces that the network was not trained on, a
threshold is fitted below which the scores of the labelled expressions stay as often as was asked
for (Vovk et al. 2005); the set of another face has every expression whose score stays below it.
The promise is about many faces drawn as those were, FER-2013's PublicTest for the shipped
networks. It says nothing about a single face, about the faces of one expression or one group of
people, or about pictures of another kind, where the share may be lower.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mien.classes import Expression, Vocabulary
from mien.errors import SettingsError
from mien.models import ModelInfo

Sets = NDArray[np.bool_]
"""``bool [N, K]``: whether each expression is in the set of each face."""


def adaptive_scores(
    probabilities: NDArray[np.float32], part: float | NDArray[np.float64] = 0.0
) -> NDArray[np.float64]:
    """Return each expression's score for adaptive sets, ``float64 [N, K]`` (Romano et al. 2020).

    The score is the probability of all likelier expressions and a part of its own. Of equally
    likely expressions the one with the lower number counts as likelier.

    Parameters
    ----------
    probabilities
        ``float32 [N, K]``, rows summing to 1.
    part
        Share of its own probability that counts, 0 to 1, for all or ``[N, 1]``. With 0 the
        likeliest expression scores 0, so that no set is empty.

    Returns
    -------
    numpy.ndarray
        0 to 1.
    """
    chances = probabilities.astype(np.float64)
    order = np.argsort(-chances, axis=1, kind="stable")
    ranked = np.take_along_axis(chances, order, axis=1)
    scores = np.empty_like(chances)
    np.put_along_axis(scores, order, ranked.cumsum(axis=1) - (1 - part) * ranked, axis=1)
    # Rounded probabilities may sum to a little more.
    return np.clip(scores, 0, 1)


def adaptive_sets(probabilities: NDArray[np.float32], threshold: float) -> Sets:
    """Return each face's set: the likeliest expressions, until they weigh over the threshold.

    Parameters
    ----------
    probabilities
        Calibrated, ``float32 [N, K]``.
    threshold
        0 to 1, from a network's info; 1 lets every expression in.

    Returns
    -------
    numpy.ndarray
        ``bool [N, K]``; no set is empty.
    """
    return adaptive_scores(probabilities) <= threshold


def find_threshold(info: ModelInfo, coverage: float) -> float:
    """Return the threshold that a network's info has for a coverage.

    Raises
    ------
    SettingsError
        If it has none for that coverage.
    """
    for level, threshold in info.conformal.items():
        if float(level) == coverage:
            return threshold
    if not info.conformal:
        raise SettingsError(
            f"The network {info.name} has no thresholds for prediction sets.",
            "Export the network again with mien export.",
            "coverage",
        )
    raise SettingsError(
        f"The network {info.name} has no threshold for prediction sets with a coverage of"
        f" {coverage:g}.",
        f"Use one of {', '.join(info.conformal)}.",
        "coverage",
    )


def prediction_sets(
    probabilities: NDArray[np.float32], vocabulary: Vocabulary, threshold: float | None
) -> list[tuple[Expression, ...] | None]:
    """Return each face's prediction set, likeliest expression first.

    Parameters
    ----------
    probabilities
        Calibrated, ``float32 [N, K]``.
    vocabulary
        The network's K classes.
    threshold
        As in `adaptive_sets`; without one, N times None is returned.
    """
    if threshold is None:
        return [None] * len(probabilities)
    order = np.argsort(-probabilities, axis=1, kind="stable")
    members = adaptive_sets(probabilities, threshold)
    return [
        tuple(vocabulary[int(label)] for label in ranked if member[label])
        for ranked, member in zip(order, members, strict=True)
    ]


def in_words(expressions: Sequence[Expression], classes: int) -> str:
    """Write a set as one says it: ``"sad"``, ``"sad or neutral"``, ``"sad, fear or neutral"``.

    Parameters
    ----------
    expressions
        The set, likeliest expression first.
    classes
        How many classes the vocabulary has; a set of all of them is ``"any of the 7"``.
    """
    if len(expressions) == classes:
        return f"any of the {classes}"
    *first, last = (expression.name for expression in expressions)
    return f"{', '.join(first)} or {last}" if first else last
