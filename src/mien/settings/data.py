"""How data sets are described and audited."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from mien.settings.base import Section


class DescribeSettings(Section):
    """How a data set is described."""

    out: Path = Field(Path("describe"), description="Folder for the figures and counts.json.")


class AuditSettings(Section):
    """How a data set is audited."""

    votes: Path | None = Field(
        None,
        description="FER+ votes (fer2013new.csv) to check the labels against; for FER-2013 only.",
    )
    out: Path = Field(Path("audit"), description="Folder for audit.csv, audit.json, audit.html.")
    folds: Annotated[int, Field(ge=2, le=20)] | None = Field(
        None,
        description="Find likely label errors with this many networks, say 5, each trained on the"
        " other folds as the training settings say; finished ones in the folder are used again.",
    )
    probabilities: Path | None = Field(
        None,
        description="Find likely label errors with this Parquet file of out-of-fold predictions.",
    )
