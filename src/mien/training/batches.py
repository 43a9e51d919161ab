"""Turns samples into batches, the same ones each time for the same seed and epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mien.classes import FER2013
from mien.data import Samples
from mien.training.augment import Augmentation, Mixing
from mien.training.distributed import ALONE, Processes


class Batch(NamedTuple):
    """What one step learns from."""

    faces: Tensor
    """``float32 [B, 1, 48, 48]``, 0 to 1, channels last."""
    labels: Tensor
    """``int64 [B]``."""
    votes: Tensor | None
    """Shares of FER+'s votes, ``float32 [B, 10]``; None where none were given."""
    targets: Tensor | None = None
    """Shares of the classes in a mixed face, ``float32 [B, 7]``; None where none was mixed."""


class Batches:
    """All batches of one epoch; iterating again gives the batches of the epoch then running.

    The faces stay in memory as bytes on the device, and each batch is cut, scaled to 0..1 and
    augmented there at once: no worker processes, no waiting.

    Parameters
    ----------
    samples
        The faces.
    batch_size
        Faces in a batch.
    device
        Where the faces live.
    augmentation
        Applied to each batch; with it the order is shuffled and a last batch that is not full
        is left out. None gives every face once, in order, unchanged.
    seed
        Seed of order and augmentation, together with the epoch.
    epoch
        Tells which epoch is running.
    votes
        Votes for each face, ``int64 [N, 10]``, as `mien.data.votes.Votes.of` gives them.
    processes
        Who else iterates; together they go through the same batches as one process would, whose
        batches are as many times larger.
    mixing
        Applied to each batch after its augmentation, and to its labels and votes.
    """

    def __init__(
        self,
        samples: Samples,
        batch_size: int,
        device: torch.device,
        augmentation: Augmentation | None = None,
        seed: int = 0,
        epoch: Callable[[], int] = lambda: 0,
        votes: NDArray[np.int64] | None = None,
        processes: Processes = ALONE,
        mixing: Mixing | None = None,
    ) -> None:
        # Copied: the samples may be mapped read-only from a file.
        self._faces = torch.tensor(samples.images, device=device)[:, None]
        self._labels = torch.tensor(samples.labels, device=device, dtype=torch.int64)
        self._votes = None if votes is None else _shares(votes).to(device)
        # A training set smaller than a batch makes one batch.
        self._batch_size = min(batch_size * processes.count, len(samples))
        self._own = slice(processes.rank, None, processes.count)
        self._augmentation = augmentation
        self._mixing = mixing
        self._seed = seed
        self._epoch = epoch

    def __len__(self) -> int:
        count = len(self._labels)
        if self._augmentation:
            return count // self._batch_size
        return -(-count // self._batch_size)

    def __iter__(self) -> Iterator[Batch]:
        generator = torch.Generator().manual_seed(epoch_seed(self._seed, self._epoch()))
        count = len(self._labels)
        shuffled = torch.randperm(count, generator=generator)
        order = shuffled if self._augmentation else torch.arange(count)
        for rows in torch.split(order[: len(self) * self._batch_size], self._batch_size):
            rows = rows.to(self._faces.device)
            faces = self._faces[rows].float() / 255
            if self._augmentation:
                # Of the others' faces too, so that all draw as one process would.
                faces = self._augmentation(faces, generator)
            labels, targets = self._labels[rows], None
            votes = None if self._votes is None else self._votes[rows]
            if self._mixing:
                mixed = self._mixing(faces, generator)
                faces = mixed.faces
                targets = mixed.blend(functional.one_hot(labels, len(FER2013)).float())
                votes = None if votes is None else mixed.blend(votes)
            yield Batch(
                faces[self._own].contiguous(memory_format=torch.channels_last),
                labels[self._own],
                None if votes is None else votes[self._own],
                None if targets is None else targets[self._own],
            )


def _shares(votes: NDArray[np.int64]) -> Tensor:
    """Divide each face's votes by their sum; a face without votes has no share at all."""
    counts = torch.tensor(votes, dtype=torch.float32)
    return counts / counts.sum(dim=1, keepdim=True).clamp(min=1)


def epoch_seed(seed: int, epoch: int) -> int:
    """Mix a run's seed with the epoch, so that a resumed epoch draws what it would have drawn."""
    return seed * 1_000_003 + epoch
