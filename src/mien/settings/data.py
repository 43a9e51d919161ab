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
        description="Find likely label errors by cross-validation in this many folds, such as 5,"
        " with the settings of the section train; finished folds are reused.",
    )
    probabilities: Path | None = Field(
        None,
        description="Find likely label errors with this Parquet file of out-of-fold predictions.",
    )
