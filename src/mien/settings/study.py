"""How the study is repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from mien.settings.base import Section

Ablation = Literal["normalise", "dropout", "augmentation", "batch-size", "layers", "all"]
"""What `mien study --ablate` can change."""


class StudySettings(Section):
    """How the study is repeated."""

    out: Path = Field(Path("study"), description="Folder for the runs, figures, numbers and page.")
    subset: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Share of the Training faces; all if unset, and 0.1 with --ablate."
    )
    epochs: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Most epochs of each network; its own if unset, and 12 with --ablate."
    )
    tuned: Path | None = Field(
        None,
        description="TOML with the tuned lobonet's settings, such as the best.toml of mien tune;"
        " the shipped lobonet's if unset.",
    )
    faces: bool = Field(True, description="Show sample faces; a page to publish should not.")
    ablate: Ablation | None = Field(
        None, description="Change one thing of lobonet at a time instead; `all` takes them all."
    )
    seeds: int = Field(3, ge=1, le=10, description="Trainings of each value with --ablate.")
    precision: Literal["float32", "bfloat16"] | None = Field(
        None, description="Numbers to multiply with, as of mien train; what is done stays so."
    )
