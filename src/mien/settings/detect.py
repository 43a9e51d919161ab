"""How pictures are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from mien.models import DEFAULT
from mien.settings.base import Section

_Unit = Annotated[float, Field(ge=0, le=1)]


class PredictSettings(Section):
    """How pictures are read."""

    sources: tuple[str, ...] = Field((), description="Photos, folders or globs to read.")
    net: str = Field(DEFAULT, description="Shipped network's name, an ONNX file, or a card.")
    out: Path | None = Field(
        None, description="Folder for the annotated pictures; beside each photo if unset."
    )
    json_file: str | None = Field(
        None, alias="json", description="File for the faces as JSON; `-` prints them."
    )
    csv_file: Path | None = Field(None, alias="csv", description="File for the faces as CSV.")
    annotate: bool = Field(True, description="Write a copy of each picture with its faces drawn.")
    explain: bool = Field(
        False, description="Draw on the copy where on each face its expression was read from."
    )
    sheet: Path | None = Field(
        None,
        description="PNG for a contact sheet: each face, its emoji and the seven probabilities;"
        " after 60 faces it goes on in another, with a number in its name.",
    )
    truth: Path | None = Field(
        None,
        description="CSV or JSON that gives the true expression of each file; a folder called"
        " after a class does so too. Counts right and wrong.",
    )
    min_confidence: _Unit = Field(0.0, description="Below this a face is shown as unsure.")
    sets: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None,
        description="Show sets such as `sad or neutral`, of which this share, say 0.9, holds the"
        " true expression: over many faces like PublicTest's crops, not for each face, and not"
        " for other pictures.",
    )
    mirror: bool = Field(
        False,
        description="Read each face mirrored too, and average; the network takes twice the time.",
    )
    max_megapixels: float = Field(64.0, gt=0, description="Refuse larger pictures.")
