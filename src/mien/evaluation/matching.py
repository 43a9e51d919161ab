"""Brings what was said of faces into the order of a data set, once it is sure to be theirs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mien.errors import DataError
from mien.evaluation.arrays import Probabilities
from mien.evaluation.predictions import Predictions
from mien.fer2013 import Samples

TOLERANCE = 1e-3
"""How far probabilities of a face may be from summing to 1; float32 sums differ by 1e-7."""

_FIX = "Give predictions that were made of this data, with the same --skip-bad."


def match(path: Path, kept: Predictions, samples: Samples) -> Probabilities:
    """Give the probabilities of a file in the order of the data, ``float32 [N, 7]``.

    Parameters
    ----------
    path
        The file, for messages.
    kept
        What `mien.evaluation.predictions.read_predictions` read from it.
    samples
        The faces.

    Raises
    ------
    DataError
        If the file holds other faces, or the same with other pixels or labels, or numbers that
        are no probabilities.
    """
    ours, theirs = Predictions.of("", _blank(samples), samples).by_name(), kept.by_name()
    odd = sorted(set(ours.names.tolist()) ^ set(theirs.names.tolist()))
    if odd:
        raise DataError(
            f"Expected the {len(ours.names):,} faces of the data in {path}, found"
            f" {len(theirs.names):,}: {odd[0]} is in only one of the two"
            f"{f', as are {len(odd) - 1:,} more' if len(odd) > 1 else ''}.",
            _FIX,
        )
    if len(ours.names) != len(theirs.names):
        raise DataError(f"{path} or the data holds a name twice.", _FIX)
    for what, differ in (
        ("pixels", ours.pixels != theirs.pixels),
        ("labels", ours.labels != theirs.labels),
    ):
        if differ.any():
            raise DataError(
                f"{path} was made of other {what} for {int(differ.sum()):,} of {len(differ):,}"
                f" faces, one of them {ours.names[int(differ.argmax())]}.",
                _FIX,
            )
    chances = theirs.probabilities
    if (chances < 0).any() or (np.abs(chances.sum(axis=1) - 1) > TOLERANCE).any():
        raise DataError(f"Expected probabilities that sum to 1 in each row of {path}.", _FIX)
    ordered = _blank(samples)
    ordered[np.argsort(samples.names, kind="stable")] = chances
    return ordered


def _blank(samples: Samples) -> Probabilities:
    return np.zeros((len(samples), 7), dtype=np.float32)
