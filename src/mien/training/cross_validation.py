"""Trains a network for each fold of the data, to judge every face by one that never saw it.

::

    OUT/
      fold-1, fold-2, ...          run folders, as `mien.training.run` describes them
"""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mien import nets
from mien.data import Samples
from mien.data.folds import check_enough, cut, pictures
from mien.errors import DataError
from mien.settings import Settings, TrainSettings
from mien.training.batches import to_planes
from mien.training.fit import resume_or_train
from mien.training.record import Validation
from mien.training.run import load_net
from mien.training.samples import TrainingSamples
from mien.training.session import Say

LIGHT = {"net": "plain-bn", "epochs": 10, "schedule": "one-cycle", "patience": 0}
"""Defaults for training several networks on any machine."""

PARTS = 10
"""One in this many of the faces beside a fold validates."""

_BATCH = 256
"""Faces in a batch when judging."""


def light(settings: TrainSettings) -> TrainSettings:
    """Use `LIGHT` for what neither config nor environment sets."""
    given = settings.model_fields_set
    return settings.model_copy(
        update={key: value for key, value in LIGHT.items() if key not in given}
    )


def out_of_fold(
    settings: Settings, samples: Samples, folds: int, say: Say = print
) -> NDArray[np.float32]:
    """Judge each face by a network that saw neither it nor a duplicate of it.

    The faces of all splits are dealt to folds (`mien.data.folds`), and for each fold a network
    learns from the others. Its best epoch is selected on a tenth of those others, never on the
    fold itself. Folds that were finished before are not trained again, and one that was interrupted
    is resumed.

    Parameters
    ----------
    settings
        How to train; the run folders are made in ``train.out``.
    samples
        The faces, of the size and colour that the settings ask for.
    folds
        Number of folds, at least 2.
    say
        Called with sentences for the user.

    Returns
    -------
    numpy.ndarray
        Probabilities, ``float32 [N, K]``, in the order of ``samples``.

    Raises
    ------
    DataError
        If there are too few faces for so many folds.
    TrainingError
        If a folder holds a fold of other data or settings, or a training fails.
    InterruptionError
        If Ctrl-C was pressed.
    """
    nets.options(settings.train.net, settings.train.model_dump())
    seed, same = settings.train.seed, pictures(samples)
    check_enough(samples.labels, same, folds, samples.vocabulary)
    held_out = cut(samples.labels, same, folds, seed)
    probabilities = np.zeros((len(samples), len(samples.vocabulary)), dtype=np.float32)
    for number in range(folds):
        judged = held_out == number
        others = _with_validation(samples[~judged], same[~judged], seed)
        learned = int((others.splits == "train").sum())
        say(
            f"Fold {number + 1} of {folds}: {settings.train.net} learns from {learned:,} faces to"
            f" judge {int(judged.sum()):,}; {len(others) - learned:,} more validate."
        )
        named = _named(settings, f"fold-{number + 1}")
        run = resume_or_train(named, others, say, faces="other faces or other folds")
        probabilities[judged] = judge(load_net(run), samples.images[judged])
    return probabilities


def judge(net: nn.Module, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a network's probabilities for faces, without a temperature.

    Parameters
    ----------
    net
        From faces ``float32 [N, C, H, W]``, 0 to 1, to logits ``[N, K]``.
    images
        ``uint8 [N, H, W]`` if gray, or ``uint8 [N, H, W, 3]``.

    Returns
    -------
    numpy.ndarray
        ``float32 [N, K]``.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = net.to(device).eval()
    probabilities = []
    with torch.inference_mode():
        for first in range(0, max(1, len(images)), _BATCH):
            faces = to_planes(images[first : first + _BATCH], device).float() / 255
            probabilities.append(net(faces).softmax(dim=1).cpu().numpy())
    return np.concatenate(probabilities)


def _with_validation(
    samples: Samples, same: NDArray[np.intp], seed: int
) -> TrainingSamples:
    """Let one part in `PARTS` validate, and the rest be learnt from.

    The SHA-256 then is of the data and of this division, so that a run is not resumed with the
    faces of another fold.
    """
    validation = cut(samples.labels, same, PARTS, seed) == PARTS - 1
    if not validation.any():
        raise DataError(
            f"Expected {PARTS} different faces of a class beside each fold, one of them to"
            f" validate, but no class has so many among {len(samples):,} faces.",
            "Use more data.",
        )
    digest = hashlib.sha256(samples.sha256.encode())
    digest.update("\n".join(samples.names.tolist()).encode())
    digest.update(validation.tobytes())
    marked = dataclasses.replace(
        samples,
        splits=np.where(validation, "validation", "train"),
        sha256=digest.hexdigest(),
    )
    return TrainingSamples.of(marked, Validation(split="train", share=1 / PARTS, seed=seed))


def _named(settings: Settings, name: str) -> Settings:
    return settings.model_copy(update={"train": settings.train.model_copy(update={"name": name})})
