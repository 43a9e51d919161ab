"""Measures how a network's accuracy falls as the faces get worse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.data import Samples
from mien.errors import DataError, SettingsError
from mien.evaluation.bootstrap import wilson
from mien.evaluation.corruptions import NAMES, SEVERITIES, check, corrupt
from mien.evaluation.scores import Labels, confusion, macro_f1
from mien.perception.classifier import Classifier


def robustness(
    classifier: Classifier,
    samples: Samples,
    names: Sequence[str] = NAMES,
    severities: Sequence[int] = SEVERITIES,
    seed: int = 0,
    progress: Callable[[int, int], object] | None = None,
) -> dict[str, Any]:
    """Score a network on the faces as they are, and under each corruption.

    Parameters
    ----------
    classifier
        The network.
    samples
        Labelled faces.
    names
        Of `mien.evaluation.corruptions.NAMES`.
    severities
        Of 1 to 5.
    seed
        Seed of the corruptions.
    progress
        Called with the passes over the faces that are done and those there will be, after each.

    Returns
    -------
    dict
        Plain JSON: ``net``, ``n``, ``seed``, ``severities``, ``clean`` (``accuracy``,
        ``macro_f1`` and ``interval``, the 95% Wilson interval of accuracy), ``corruptions`` (by
        name: ``mean_accuracy`` and ``severities``, which holds the same scores by severity,
        whose keys are strings), ``mean_corruption_accuracy`` and ``mean_corruption_macro_f1``
        (means over all corruptions and severities, each counting the same, as in Hendrycks and
        Dietterich 2019 but without their division by another network's errors).

    Raises
    ------
    DataError
        If there is no face.
    SettingsError
        If there is no such corruption or severity, or none was named.
    """
    wanted, levels = tuple(dict.fromkeys(names)), tuple(sorted(set(severities)))
    _check(samples, wanted, levels, seed)
    total = 1 + len(wanted) * len(levels)
    tell = progress or (lambda done, total: None)
    clean = _scores(classifier, samples.images, samples.labels)
    tell(1, total)
    cells: dict[str, dict[str, Any]] = {name: {} for name in wanted}
    for name in wanted:
        for level in levels:
            images = corrupt(samples.images, name, level, seed)
            cells[name][str(level)] = _scores(classifier, images, samples.labels)
            tell(1 + sum(map(len, cells.values())), total)
    return {
        "net": classifier.name,
        "n": len(samples),
        "seed": seed,
        "severities": list(levels),
        "clean": clean,
        "corruptions": {
            name: {"mean_accuracy": _mean([by_level], "accuracy"), "severities": by_level}
            for name, by_level in cells.items()
        },
        "mean_corruption_accuracy": _mean(cells.values(), "accuracy"),
        "mean_corruption_macro_f1": _mean(cells.values(), "macro_f1"),
    }


def _check(
    samples: Samples, names: tuple[str, ...], severities: tuple[int, ...], seed: int
) -> None:
    """Refuse, before any work, what cannot be measured."""
    if not len(samples):
        raise DataError("There is no face to score.", "Name a split that has faces.")
    if not names or not severities:
        raise SettingsError(
            "No corruption or no severity was named.", "Use for example noise,blur and 1,3,5."
        )
    for name in names:
        for severity in severities:
            check(name, severity, seed)


def _scores(classifier: Classifier, images: NDArray[np.uint8], labels: Labels) -> dict[str, Any]:
    """Score one pass over the faces."""
    matrix = confusion(labels, classifier.logits(images).argmax(axis=1))
    right = int(matrix.trace())
    return {
        "accuracy": right / len(labels),
        "interval": list(wilson(right, len(labels))),
        "macro_f1": macro_f1(matrix),
    }


def _mean(cells: Any, score: str) -> float:
    """Average a score over corruptions and severities."""
    return float(np.mean([cell[score] for by_level in cells for cell in by_level.values()]))
