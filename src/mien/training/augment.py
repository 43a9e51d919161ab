"""Augmentation of whole batches on the device they live on."""

from __future__ import annotations

import dataclasses
import math

import torch
from torch import Tensor
from torch.nn import functional


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Random mirror, zoom, rotation and shift, drawn anew for each face."""

    flip: bool = True
    """Mirror half of the faces."""
    zoom: float = 0.1
    """Scale by 1 - zoom to 1 + zoom, uniformly."""
    rotation: float = 0.0
    """Turn by up to this many degrees either way."""
    shift: float = 0.0
    """Move by up to this share of the side, either way and in both directions."""

    def __call__(self, faces: Tensor, generator: torch.Generator) -> Tensor:
        """Change each face of a batch.

        Parameters
        ----------
        faces
            ``float32 [B, 1, H, W]``.
        generator
            Source of randomness, on the CPU, so that every device draws alike.

        Returns
        -------
        torch.Tensor
            ``float32 [B, 1, H, W]``; what comes in from outside repeats the border.
        """
        grid = functional.affine_grid(
            self.transforms(len(faces), generator).to(faces.device),
            list(faces.shape),
            align_corners=False,
        )
        return functional.grid_sample(faces, grid, padding_mode="border", align_corners=False)

    def transforms(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw ``float32 [count, 2, 3]``: where each output point is taken from."""

        def uniform(limit: float) -> Tensor:
            return (torch.rand(count, generator=generator) * 2 - 1) * limit

        scale = 1 / (1 + uniform(self.zoom))
        angle = uniform(math.radians(self.rotation))
        # grid_sample's coordinates run from -1 to 1, so a side is 2 long.
        right, down = uniform(2 * self.shift), uniform(2 * self.shift)
        mirrored = torch.rand(count, generator=generator) < 0.5 * self.flip
        sign = 1 - 2 * mirrored.float()
        cosine, sine = angle.cos() * scale, angle.sin() * scale
        rows = [cosine * sign, -sine, right, sine * sign, cosine, down]
        return torch.stack(rows, dim=1).view(count, 2, 3)
