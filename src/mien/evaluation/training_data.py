"""Finds out which faces of its own training data a network learnt from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mien.data import Samples
from mien.data.division import all_training, divide
from mien.data.exclusion import exclude
from mien.data.samples import MEMBERS
from mien.errors import DataError
from mien.models import ModelInfo


@dataclasses.dataclass(frozen=True)
class TrainingData:
    """A network's own training data, divided as its training divided it."""

    samples: Samples
    """All its faces. Where it has no validation faces of its own, those that were drawn for the
    training are its split ``validation``."""
    learnt: frozenset[str] | None
    """Names of the faces that the network learnt from; None if nothing shows which these are, since
    the training left out faces that are not known here."""

    def for_split(self, split: str | None, own: Samples) -> Samples:
        """Return the faces as they were divided, unless the data has the split of its own."""
        return own if split in set(own.splits.tolist()) else self.samples

    def count(self, faces: Samples) -> int | None:
        """Count the faces that the network learnt from; None if they are not known."""
        if not np.isin(faces.splits, ("train", "validation", "all")).any():
            return 0
        if self.learnt is None:
            return None
        return int(np.isin(faces.names, list(self.learnt)).sum())


def training_data(
    samples: Samples, info: ModelInfo, excluded: str | Path | None = None
) -> TrainingData | None:
    """Divide data as a network's training did, if it is what the network was trained on.

    Parameters
    ----------
    samples
        The data, in the classes of the network and as crops for its input.
    info
        The network's info, whose ``data`` and ``recipe`` say what the training did.
    excluded
        A list of faces that are left out now; the training may have left them out too.

    Returns
    -------
    TrainingData or None
        None if the network was trained on other data, or its info does not say on which.
    """
    if samples.sha256 != info.data.get("sha256"):
        return None
    recipes = list((info.recipe.get("members") or {"": info.recipe}).values())
    for faces in _candidates(samples, excluded):
        try:
            divided = [divide(faces, recipe.get("validation"))[0] for recipe in recipes]
        except DataError:
            continue
        if not _is_as_recorded(divided[0], recipes[0], info):
            continue
        learnt = {
            name
            for part, recipe in zip(divided, recipes, strict=True)
            for name in _learnt(part, recipe).names.tolist()
        }
        return TrainingData(_with_drawn(samples, divided[0]), frozenset(learnt))
    return TrainingData(samples, None)


def about_unknown(net: str) -> str:
    """Say that nothing shows which faces of its own training data a network learnt from."""
    return (
        f"{net} was trained on this data, and nothing shows on which of these faces, so the scores"
        " may say nothing about new ones."
    )


def _candidates(samples: Samples, excluded: str | Path | None) -> Iterator[Samples]:
    """Return the faces that the training may have started from."""
    yield samples
    if excluded is not None:
        yield exclude(all_training(samples), excluded, split="train")


def _learnt(divided: Samples, recipe: Mapping[str, Any]) -> Samples:
    """Return the faces that a training learns from."""
    return divided.split("train").subset(recipe.get("subset", 1.0), recipe.get("seed", 0))


def _is_as_recorded(divided: Samples, recipe: Mapping[str, Any], info: ModelInfo) -> bool:
    """Return whether each class has as many faces as when the network was trained."""
    counts = {
        "train": _learnt(divided, recipe).counts(),
        "validation": divided.split("validation").counts(),
    }
    return all(info.data.get(split) in (None, faces) for split, faces in counts.items())


def _with_drawn(samples: Samples, divided: Samples) -> Samples:
    """Mark the faces that were drawn to validate, unless the data has such faces of its own."""
    if np.isin(samples.splits, MEMBERS["validation"]).any():
        return samples
    drawn = divided.names[divided.splits == "validation"]
    splits = all_training(samples).splits.astype("<U10")
    splits[np.isin(samples.names, drawn)] = "validation"
    return dataclasses.replace(samples, splits=splits)
