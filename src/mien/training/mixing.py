"""Mixes each face of a batch with another, and their labels as much."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import torch
from torch import Tensor

from mien.settings import TrainSettings
from mien.training.augment import STRETCH, rectangles

LARGEST = 0.5
"""Greatest share that a face takes of another, so that its own label stays the first."""


class Mixed(NamedTuple):
    """Mixed faces, and of what they were mixed."""

    faces: Tensor
    """``float32 [B, 1, H, W]``, 0 to 1."""
    partners: Tensor
    """The row of each face's other, ``int64 [B]``."""
    shares: Tensor
    """How much of each is its own, `LARGEST` to 1, ``float32 [B]``."""

    def blend(self, values: Tensor) -> Tensor:
        """Mix what belongs to the faces, ``float32 [B, K]``, as they were."""
        own = self.shares[:, None]
        return own * values + (1 - own) * values[self.partners]


@dataclasses.dataclass(frozen=True)
class Mixing:
    """Random mixtures of two faces, drawn anew for each; the other is the next in the batch."""

    mixup: float = 0.0
    """Share of the faces into which the whole other is blended (Zhang et al. 2018)."""
    cutmix: float = 0.0
    """Share of the rest in which a rectangle is the other's (Yun et al. 2019)."""

    @classmethod
    def of(cls, settings: TrainSettings) -> Mixing | None:
        """Take what a training's settings say; None where nothing is mixed."""
        mixing = cls(settings.mixup, settings.cutmix)
        return mixing if mixing != cls() else None

    def __call__(self, faces: Tensor, generator: torch.Generator) -> Mixed:
        """Mix a batch.

        Parameters
        ----------
        faces
            ``float32 [B, 1, H, W]``, 0 to 1, in random order.
        generator
            Source of randomness, on the CPU, so that every device draws alike.
        """
        count, _, height, width = faces.shape
        draw = torch.rand(7, count, generator=generator).to(faces.device)
        blended = draw[0] < self.mixup
        pasted = ~blended & (draw[1] < self.cutmix)
        area, ratio = draw[2] * LARGEST, STRETCH ** (draw[3] * 2 - 1)
        inside = rectangles(area, ratio, draw[4], draw[5], (height, width))
        inside = inside & pasted[:, None, None]
        weight = torch.where(blended, draw[6] * LARGEST, 0.0)
        others = torch.where(inside, 1.0, weight[:, None, None])
        partners = torch.arange(1, count + 1, device=faces.device) % count
        mixed = torch.lerp(faces, faces[partners], others[:, None])
        # A rectangle may reach beyond the picture: what counts is what is seen of it.
        return Mixed(mixed, partners, 1 - others.mean(dim=(1, 2)))
