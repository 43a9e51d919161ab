"""Augmentation of whole batches, on the device that holds them."""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from mien.settings import TrainSettings

ERASED = (0.02, 0.25)
"""Smallest and largest share of the picture that an erased rectangle covers."""

STRETCH = 2.5
"""Largest aspect ratio of an erased rectangle."""


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Random geometry, lighting and occlusion, drawn anew for each face."""

    flip: bool = True
    """Mirror half of the faces."""
    zoom: float = 0.1
    """Scale by 1 - zoom to 1 + zoom, uniformly."""
    rotation: float = 0.0
    """Rotate by up to this many degrees either way."""
    shift: float = 0.0
    """Shift by up to this share of the side, either way and in both directions."""
    contrast: float = 0.0
    """Scale the distance from the face's mean by 1 - contrast to 1 + contrast."""
    brightness: float = 0.0
    """Add up to this share of white, either way."""
    erase: float = 0.0
    """Share of the faces on which a rectangle is erased (Zhong et al. 2020)."""

    @classmethod
    def of(cls, settings: TrainSettings) -> Augmentation:
        """Return the augmentation of a training's settings."""
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(**{name: getattr(settings, name) for name in names})

    def __call__(self, faces: Tensor, generator: torch.Generator) -> Tensor:
        """Augment each face of a batch.

        Parameters
        ----------
        faces
            ``float32 [B, C, H, W]``, 0 to 1.
        generator
            Source of randomness, on the CPU, so that every device draws the same numbers.

        Returns
        -------
        torch.Tensor
            ``float32 [B, C, H, W]``, 0 to 1; what lies outside of a face repeats its border.
        """
        grid = functional.affine_grid(
            self.transforms(len(faces), generator).to(faces.device),
            list(faces.shape),
            align_corners=False,
        )
        faces = functional.grid_sample(faces, grid, padding_mode="border", align_corners=False)
        # Nothing is drawn for what is off, so that older recipes still draw the same numbers.
        if self.contrast or self.brightness:
            faces = self.relit(faces, generator)
        if self.erase:
            faces = self.erased(faces, generator)
        return faces

    def transforms(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw affine maps from output to input coordinates, ``float32 [count, 2, 3]``."""
        scale = 1 / (1 + _uniform(count, self.zoom, generator))
        angle = _uniform(count, math.radians(self.rotation), generator)
        # grid_sample's coordinates run from -1 to 1, so a side is 2 long.
        right = _uniform(count, 2 * self.shift, generator)
        down = _uniform(count, 2 * self.shift, generator)
        mirrored = torch.rand(count, generator=generator) < 0.5 * self.flip
        sign = 1 - 2 * mirrored.float()
        cosine, sine = angle.cos() * scale, angle.sin() * scale
        rows = [cosine * sign, -sine, right, sine * sign, cosine, down]
        return torch.stack(rows, dim=1).view(count, 2, 3)

    def relit(self, faces: Tensor, generator: torch.Generator) -> Tensor:
        """Change contrast, then brightness, of ``float32 [B, C, H, W]``; clip to 0..1."""
        gain, offset = (
            _uniform(len(faces), limit, generator).view(-1, 1, 1, 1).to(faces.device)
            for limit in (self.contrast, self.brightness)
        )
        mean = faces.mean(dim=(1, 2, 3), keepdim=True)
        return (mean + (faces - mean) * (1 + gain) + offset).clamp(0, 1)

    def erased(self, faces: Tensor, generator: torch.Generator) -> Tensor:
        """Paint a rectangle of a random gray over some of ``float32 [B, C, H, W]``.

        A rectangle may reach beyond the picture, so that edges are covered as often.
        """
        count, _, height, width = faces.shape
        draw = torch.rand(6, count, generator=generator).to(faces.device)
        area = ERASED[0] + draw[0] * (ERASED[1] - ERASED[0])
        ratio = STRETCH ** (draw[1] * 2 - 1)
        inside = rectangles(area, ratio, draw[2], draw[3], (height, width))
        inside = inside & (draw[4] < self.erase)[:, None, None]
        return torch.where(inside[:, None], draw[5].view(-1, 1, 1, 1), faces)


def rectangles(
    area: Tensor, ratio: Tensor, row: Tensor, column: Tensor, shape: tuple[int, int]
) -> Tensor:
    """Mark a rectangle in each picture of a batch.

    Parameters
    ----------
    area
        Share of the picture that the rectangle covers if it lies inside, ``float32 [B]``.
    ratio
        Its height divided by its width, ``float32 [B]``.
    row, column
        Its centre, 0 to 1 from the top and from the left, ``float32 [B]``.
    shape
        Height and width of the pictures.

    Returns
    -------
    torch.Tensor
        ``bool [B, H, W]``.
    """
    tall, wide = (area * ratio).sqrt() / 2, (area / ratio).sqrt() / 2
    rows, columns = (
        (torch.arange(length, device=area.device) + 0.5) / length for length in shape
    )
    inside = ((rows - row[:, None]).abs() < tall[:, None])[:, :, None]
    return inside & ((columns - column[:, None]).abs() < wide[:, None])[:, None, :]


def _uniform(count: int, limit: float, generator: torch.Generator) -> Tensor:
    """Draw ``float32 [count]`` from -limit to limit."""
    return (torch.rand(count, generator=generator) * 2 - 1) * limit


LARGEST = 0.5
"""Largest share of the other face, so that the own label stays the main one."""


class Mixed(NamedTuple):
    """Mixed faces, and what they were mixed from."""

    faces: Tensor
    """``float32 [B, C, H, W]``, 0 to 1."""
    partners: Tensor
    """The row of the other face in each mixture, ``int64 [B]``."""
    shares: Tensor
    """Share of the own face in each mixture, `LARGEST` to 1, ``float32 [B]``."""

    def blend(self, values: Tensor) -> Tensor:
        """Mix labels or votes of the faces, ``float32 [B, K]``, in the same shares."""
        own = self.shares[:, None]
        return own * values + (1 - own) * values[self.partners]


@dataclasses.dataclass(frozen=True)
class Mixing:
    """Random mixtures of each face with the next one in the batch."""

    mixup: float = 0.0
    """Share of the faces that the other face is blended into (Zhang et al. 2018)."""
    cutmix: float = 0.0
    """Share of the rest that get a rectangle of the other face (Yun et al. 2019)."""

    @classmethod
    def of(cls, settings: TrainSettings) -> Mixing | None:
        """Return the mixing of a training's settings; None where nothing is mixed."""
        mixing = cls(settings.mixup, settings.cutmix)
        return mixing if mixing != cls() else None

    def __call__(self, faces: Tensor, generator: torch.Generator) -> Mixed:
        """Mix a batch.

        Parameters
        ----------
        faces
            ``float32 [B, C, H, W]``, 0 to 1, in random order.
        generator
            Source of randomness, on the CPU, so that every device draws the same numbers.
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
        # A rectangle may reach beyond the picture: only its visible part counts.
        return Mixed(mixed, partners, 1 - others.mean(dim=(1, 2)))
