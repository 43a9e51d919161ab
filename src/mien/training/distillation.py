"""Networks trained before, from whose answers another learns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from mien.errors import TrainingError
from mien.training.run import Run, load_net


class Teacher:
    """Gives what networks say of faces, as a softer target than a label (Hinton et al. 2015).

    No part of a learner's own state, so that no checkpoint holds it.

    Parameters
    ----------
    members
        Networks in evaluation mode, from faces to logits; their answers are averaged with
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

    @classmethod
    def of(cls, folder: Path, temperature: float) -> Teacher:
        """Open a run folder, or a folder of several.

        Raises
        ------
        TrainingError
            If there is no finished run.
        """
        runs = [folder] if (folder / "config.toml").is_file() else _inside(folder)
        if not runs:
            raise TrainingError(
                f"Expected a run, or a folder of runs, to learn from in {folder}; found none.",
                "Name a folder that mien train made, such as runs/mien-b, with --teacher.",
            )
        return cls([load_net(Run.open(run)) for run in runs], temperature)

    def to(self, device: torch.device) -> Teacher:
        """Move the networks to a device."""
        for member in self._members:
            member.to(device)
        return self

    def __call__(self, faces: Tensor) -> Tensor:
        """Give probabilities, ``float32 [B, 7]``, for ``float32 [B, 1, 48, 48]``, 0 to 1."""
        with torch.no_grad():
            said = [
                (member(faces).float() / self.temperature).softmax(dim=1)
                for member in self._members
            ]
            return torch.stack(said).mean(dim=0)


def _inside(folder: Path) -> list[Path]:
    """List the run folders in a folder, by name."""
    return sorted(path.parent for path in folder.glob("*/config.toml"))
