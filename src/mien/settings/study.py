"""How the study is repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from mien.settings.base import Section

Ablation = Literal["normalise", "dropout", "augmentation", "batch-size", "layers", "all"]
"""What an ablation can change."""


class StudySettings(Section):
    """How the study is repeated."""

    out: Path = Field(Path("study"), description="Folder for the runs, figures, numbers and page.")
    subset: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Share of the Training faces; all if unset, but 0.1 for ablations."
    )
    epochs: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Most epochs of each network; its own if unset, but 12 for ablations."
    )
    tuned: Path | None = Field(
        None,
        description="TOML file with the tuned lobonet's settings, such as the best.toml of mien"
        " tune; the shipped lobonet's if unset.",
    )
    faces: bool = Field(True, description="Show example faces; a page for publication should not.")
    ablate: Ablation | None = Field(
        None,
        description="Run an ablation instead, which changes one thing of lobonet; `all` runs all.",
    )
    seeds: int = Field(3, ge=1, le=10, description="Trainings of each value in an ablation.")
    precision: Literal["float32", "bfloat16"] | None = Field(
        None, description="Precision to compute in, as of mien train; finished trainings are kept."
    )
