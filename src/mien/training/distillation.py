"""Teachers: trained networks whose answers another network learns from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from mien.errors import TrainingError
from mien.training.run import Run


class Teacher:
    """Networks whose probabilities are softer targets than labels (Hinton et al. 2015).

    It is not part of a learner's state, so checkpoints do not contain it.

    Parameters
    ----------
    members
        Networks in evaluation mode, from faces to logits; their probabilities are averaged with
        equal weights.
    temperature
        The logits are divided by this before the softmax; the higher, the softer.
    """

    def __init__(self, members: Sequence[nn.Module], temperature: float) -> None:
        self._members = [
            member.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            for member in members
        ]
        self.temperature = temperature

    @staticmethod
    def runs(folder: Path) -> list[Run]:
        """Return the runs in a folder, which may be a run itself, by name.

        Raises
        ------
        TrainingError
            If there are none.
        """
        if (folder / "config.toml").is_file():
            return [Run(folder)]
        runs = sorted(path.parent for path in folder.glob("*/config.toml"))
        if not runs:
            raise TrainingError(
                f"Expected a run or a folder of runs as the teacher in {folder}, found none.",
                "Name a folder that mien train made, such as runs/mien-b.",
                "teacher",
            )
        return [Run(run) for run in runs]

    def to(self, device: torch.device) -> Teacher:
        """Move the networks to a device."""
        for member in self._members:
            member.to(device)
        return self

    def __call__(self, faces: Tensor) -> Tensor:
        """Return probabilities, ``float32 [B, K]``, of faces ``float32 [B, C, H, W]``, 0 to 1."""
        with torch.no_grad():
            probabilities = [
                (member(faces).float() / self.temperature).softmax(dim=1)
                for member in self._members
            ]
            return torch.stack(probabilities).mean(dim=0)
