"""Trains a network for each fold of the data, to judge each face by one that never saw it.

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
from mien.classes import NAMES
from mien.data import Samples
from mien.data.folds import check_enough, cut, pictures
from mien.errors import DataError
from mien.settings import Settings, TrainSettings
from mien.training.fit import Say
from mien.training.resume_or_train import take
from mien.training.run import load_net

LIGHT = {"net": "plain-bn", "epochs": 10, "schedule": "one-cycle", "patience": 0}
"""Settings that are not given: several networks are to be trained, on any machine."""

PARTS = 10
"""One in this many of a fold's learning faces is kept from it, to choose the epoch."""

_BATCH = 256
"""Faces that are judged at once."""


def light(settings: TrainSettings) -> TrainSettings:
    """Take `LIGHT` for what neither TOML file nor environment sets."""
    given = settings.model_fields_set
    return settings.model_copy(
        update={key: value for key, value in LIGHT.items() if key not in given}
    )


def out_of_fold(
    settings: Settings, samples: Samples, folds: int, say: Say = print
) -> NDArray[np.float32]:
    """Judge each face by a network that saw neither it nor another copy of its picture.

    The faces of all splits are dealt to folds (`mien.data.folds`), and for each fold a network
    learns from the others. Which of its epochs is the best is chosen on a tenth of those others,
    never on the fold itself. A fold that was finished before is not trained again, and one that
    was interrupted goes on.

    Parameters
    ----------
    settings
        How to train; the run folders are made in ``train.out``.
    samples
        The faces.
    folds
        Number of folds, at least 2.
    say
        Called with sentences for the user.

    Returns
    -------
    numpy.ndarray
        Probabilities, ``float32 [N, 7]``, in the order of ``samples``.

    Raises
    ------
    DataError
        If there are too few faces for so many folds.
    TrainingError
        If a folder holds a fold of other data or settings, or a training cannot go on.
    """
    nets.options(settings.train.net, settings.train.model_dump())
    seed, same = settings.train.seed, pictures(samples)
    check_enough(samples.labels, same, folds, samples.vocabulary)
    held_out = cut(samples.labels, same, folds, seed)
    probabilities = np.zeros((len(samples), len(NAMES)), dtype=np.float32)
    for number in range(folds):
        judged = held_out == number
        others = _with_validation(samples[~judged], same[~judged], seed)
        learned = int((others.splits == "train").sum())
        say(
            f"Fold {number + 1} of {folds}: {settings.train.net} learns from {learned:,} faces to"
            f" judge {int(judged.sum()):,}; {len(others) - learned:,} more, called PublicTest"
            " below, choose the epoch."
        )
        named = _named(settings, f"fold-{number + 1}")
        run = take(named, others, say, faces="other faces or other folds")
        probabilities[judged] = judge(load_net(run), samples.images[judged])
    return probabilities


def judge(net: nn.Module, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give what a network says of faces, ``uint8 [N, 48, 48]``: ``float32 [N, 7]``."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = net.to(device).eval()
    said = []
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH):
            # Copied: the faces may be mapped read-only from a file.
            faces = torch.tensor(images[start : start + _BATCH], device=device)[:, None]
            said.append(net(faces.float() / 255).softmax(dim=1).cpu().numpy())
    return np.concatenate(said) if said else np.zeros((0, len(NAMES)), dtype=np.float32)


def _with_validation(samples: Samples, same: NDArray[np.intp], seed: int) -> Samples:
    """Mark one part in `PARTS` as the validation set that `train` expects, the rest to learn from.

    The SHA-256 then is of the data and the marks, so that no run goes on with another fold's.
    """
    validation = cut(samples.labels, same, PARTS, seed) == PARTS - 1
    if not validation.any():
        raise DataError(
            f"Expected {PARTS} different faces of a class beside each fold, to choose the epoch"
            f" on; found none with so many among {len(samples):,} faces.",
            "Use more data.",
        )
    splits = np.where(validation, "public", "train")
    digest = hashlib.sha256(samples.sha256.encode())
    digest.update("\n".join(samples.names.tolist()).encode())
    digest.update(validation.tobytes())
    return dataclasses.replace(samples, splits=splits, sha256=digest.hexdigest())


def _named(settings: Settings, name: str) -> Settings:
    return settings.model_copy(update={"train": settings.train.model_copy(update={"name": name})})
