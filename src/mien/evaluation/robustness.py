"""Measures how accurate a network is on corrupted faces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mien.data import Samples
from mien.errors import DataError
from mien.evaluation.bootstrap import wilson
from mien.evaluation.confusion import confusion, macro_f1
from mien.evaluation.corruptions import NAMES, SEVERITIES, check_all, corrupt
from mien.evaluation.results import Cell, Corruption, Robustness
from mien.perception.classifier import Classifier


def robustness(
    classifier: Classifier,
    samples: Samples,
    names: Sequence[str] = NAMES,
    severities: Sequence[int] = SEVERITIES,
    seed: int = 0,
    progress: Callable[[int, int], object] | None = None,
) -> Robustness:
    """Score a network on the faces as they are, and under each corruption.

    Parameters
    ----------
    classifier
        The network.
    samples
        Labelled crops as the network takes them, with its classes.
    names
        Of `mien.evaluation.corruptions.NAMES`.
    severities
        Of 1 to 5.
    seed
        Seed of the corruptions.
    progress
        Called with the passes over the faces that are done and their total, after each.

    Raises
    ------
    DataError
        If there is no face.
    SettingsError
        If there is no such corruption or severity, or none was named.
    """
    names, levels = tuple(dict.fromkeys(names)), tuple(sorted(set(severities)))
    if not len(samples):
        raise DataError("There is no face to score.", "Name a split that has faces.", "split")
    check_all(names, levels, seed)
    total = 1 + len(names) * len(levels)
    report = progress or (lambda done, total: None)
    clean = _cell(classifier, samples.images, samples)
    report(1, total)
    cells: dict[str, dict[int, Cell]] = {name: {} for name in names}
    for name in names:
        for level in levels:
            images = corrupt(samples.images, name, level, seed, classifier.info.input.frame)
            cells[name][level] = _cell(classifier, images, samples)
            report(1 + sum(map(len, cells.values())), total)
    return _summary(classifier, len(samples), seed, levels, clean, cells)


def _summary(
    classifier: Classifier,
    n: int,
    seed: int,
    levels: tuple[int, ...],
    clean: Cell,
    cells: Mapping[str, Mapping[int, Cell]],
) -> Robustness:
    """Average over severities, and over all corruptions."""
    every = [cell for by_level in cells.values() for cell in by_level.values()]
    return Robustness(
        net=classifier.name,
        sha256=classifier.info.sha256,
        n=n,
        seed=seed,
        severities=levels,
        clean=clean,
        corruptions={name: _corruption(by_level) for name, by_level in cells.items()},
        mean_corruption_accuracy=_mean([cell.accuracy for cell in every]),
        mean_corruption_macro_f1=_mean([cell.macro_f1 for cell in every]),
    )


def _corruption(by_level: Mapping[int, Cell]) -> Corruption:
    mean = _mean([cell.accuracy for cell in by_level.values()])
    return Corruption(mean_accuracy=mean, severities=dict(by_level))


def _cell(classifier: Classifier, images: NDArray[np.uint8], samples: Samples) -> Cell:
    """Score one pass over the faces."""
    predicted = classifier.logits(images).argmax(axis=1)
    matrix = confusion(samples.labels, predicted, len(samples.vocabulary))
    right = int(matrix.trace())
    return Cell(
        accuracy=right / len(samples),
        interval=wilson(right, len(samples)),
        macro_f1=macro_f1(matrix),
    )


def _mean(values: list[float]) -> float:
    return float(np.mean(values))
