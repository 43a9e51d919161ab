"""Divides a data set as a training does: into faces to learn from and faces that validate."""

from __future__ import annotations

import dataclasses

import numpy as np

from mien.data.folds import ValidationDraw, draw_validation, marked
from mien.data.samples import MEMBERS, Samples

DEFAULT_SHARE = 0.15
"""Share of Training to validate on where the data has no validation split."""

SEED = 0
"""Seed of the draw, whatever the seed of the training: networks of several seeds are validated on
the same faces, and so can be calibrated together."""


def divide(
    samples: Samples, share: float | None = None
) -> tuple[Samples, ValidationDraw | None]:
    """Choose the faces that validate, always the same ones.

    Data without any splits is all Training. If a share is drawn although the data has a validation
    split, that split is kept for measuring and counts as ``test``.

    Parameters
    ----------
    samples
        The data.
    share
        Of the Training faces, to be drawn. If None, the data's own validation faces are chosen, or
        `DEFAULT_SHARE` of the Training faces if it has none.

    Returns
    -------
    tuple
        The data, whose split ``validation`` (or ``public``) holds the faces that validate and whose
        split ``train`` the others, and what was drawn; None where the data's own faces validate.

    Raises
    ------
    DataError
        If there are no Training faces, or too few to draw from.
    """
    samples = all_training(samples)
    own = np.isin(samples.splits, MEMBERS["validation"])
    if own.any() and share is None:
        return samples, None
    samples.split("train")  # refuses data without Training faces
    samples = dataclasses.replace(samples, splits=np.where(own, "test", samples.splits))
    draw = draw_validation(samples, share or DEFAULT_SHARE, SEED)
    return marked(samples, draw), draw


def all_training(samples: Samples) -> Samples:
    """Mark data without any splits as Training."""
    if set(samples.splits.tolist()) != {"all"}:
        return samples
    return dataclasses.replace(samples, splits=np.full(len(samples), "train"))
