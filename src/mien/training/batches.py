"""Turns samples into batches; the same seed and epoch always give the same batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mien.data import Samples
from mien.training.augment import Augmentation, Mixing
from mien.training.distributed import ALONE, Processes


class Batch(NamedTuple):
    """The faces of one step."""

    faces: Tensor
    """``float32 [B, C, H, W]``, 0 to 1, in channels-last memory format."""
    labels: Tensor
    """``int64 [B]``."""
    votes: Tensor | None
    """Shares of FER+'s votes, ``float32 [B, 10]``; None without votes."""
    targets: Tensor | None = None
    """Shares of the K classes in mixed faces, ``float32 [B, K]``; None without mixing."""


class Batches:
    """All batches of one epoch; iterating again yields the batches of the epoch then running.

    The faces stay in the device's memory as bytes, and each batch is selected, scaled to 0..1 and
    augmented there at once: no worker processes, no waiting.

    Parameters
    ----------
    samples
        The faces.
    batch_size
        Faces in a batch.
    device
        Where the faces are kept.
    augmentation
        Applied to each batch; with it the order is shuffled, and a last batch that is not full
        is left out. None yields every face once, in order, unchanged.
    seed
        Seed of order and augmentation, together with the epoch.
    epoch
        Returns the number of the epoch that is running.
    votes
        FER+'s votes for each face, ``int64 [N, 10]``, as `mien.data.votes.Votes.of` returns them.
    processes
        The processes that share the batches. Together they go through the batches of a single
        process with a batch size as many times larger.
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
        self._faces = to_planes(samples.images, device)
        self._classes = len(samples.vocabulary)
        self._labels = torch.tensor(samples.labels, device=device, dtype=torch.int64)
        self._votes = None if votes is None else _shares(votes).to(device)
        # A training set that is smaller than a batch is a single batch.
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
                # The other processes' faces too, so that all draw as a single process would.
                faces = self._augmentation(faces, generator)
            labels, targets = self._labels[rows], None
            votes = None if self._votes is None else self._votes[rows]
            if self._mixing:
                mixed = self._mixing(faces, generator)
                faces = mixed.faces
                targets = mixed.blend(functional.one_hot(labels, self._classes).float())
                votes = None if votes is None else mixed.blend(votes)
            yield Batch(
                faces[self._own].contiguous(memory_format=torch.channels_last),
                labels[self._own],
                None if votes is None else votes[self._own],
                None if targets is None else targets[self._own],
            )


def to_planes(images: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Copy faces to a device, with the channels before height and width.

    Parameters
    ----------
    images
        ``uint8 [N, H, W]`` if gray, or ``uint8 [N, H, W, 3]``.
    device
        Where they go.

    Returns
    -------
    torch.Tensor
        ``uint8 [N, C, H, W]``.
    """
    # Copied, since the samples may be mapped read-only from a file.
    faces = torch.tensor(images, device=device)
    return faces[:, None] if faces.ndim == 3 else faces.permute(0, 3, 1, 2)


def _shares(votes: NDArray[np.int64]) -> Tensor:
    """Divide each face's votes by their sum; a face without votes has shares of 0."""
    counts = torch.tensor(votes, dtype=torch.float32)
    return counts / counts.sum(dim=1, keepdim=True).clamp(min=1)


def epoch_seed(seed: int, epoch: int) -> int:
    """Combine a run's seed with the epoch, so that a resumed epoch draws the same numbers."""
    return seed * 1_000_003 + epoch
