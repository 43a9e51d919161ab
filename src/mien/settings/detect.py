"""How pictures are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from mien.models import DEFAULT
from mien.settings.base import Section

_Unit = Annotated[float, Field(ge=0, le=1)]


class DetectSettings(Section):
    """How pictures are read."""

    HEADINGS: ClassVar[Mapping[str, str]] = {
        "net": "Reading",
        "out": "Files written",
        "truth": "Checking the answers",
        "min_confidence": "Reading",
        "neutral": "A person's own neutral face",
    }

    sources: tuple[str, ...] = Field(
        (), description="Photos, folders or globs to read; `-` is a photo on standard input."
    )
    net: str = Field(DEFAULT, description="Name of a shipped network, or path of an ONNX file.")
    out: Path | None = Field(
        None, description="Folder for the annotated pictures; beside each photo if unset."
    )
    json_file: str | None = Field(
        None, alias="json", description="File for the faces as JSON; `-` prints them."
    )
    csv_file: str | None = Field(
        None, alias="csv", description="File for the faces as a CSV table; `-` prints it."
    )
    parquet_file: Path | None = Field(
        None, alias="parquet", description="File for the same table as Parquet; `-` pipes it."
    )
    annotate: bool = Field(
        True, description="Write a copy of each picture that has a face, with its faces drawn."
    )
    explain: bool = Field(
        False, description="Draw on the copy which parts of each face its expression came from."
    )
    sheet: Path | None = Field(
        None,
        description="PNG for a contact sheet: each face, its emoji and the probability of each"
        " class; after 60 faces it continues in numbered files. `-` pipes one.",
    )
    truth: Path | None = Field(
        None,
        description="CSV or JSON with the true expression of each file; a folder named after a"
        " class works too. Counts right and wrong.",
    )
    min_confidence: _Unit = Field(0.0, description="Below this a face is shown as unsure.")
    min_score: _Unit = Field(
        0.7,
        description="Minimum detector score of a face, 0 to 1. A lower one finds more faces,"
        " and more false ones.",
    )
    min_face: float = Field(
        10.0,
        ge=1,
        description="Shorter side in pixels of the smallest face to find. Faces under about 16"
        " pixels are marked as unsure.",
    )
    coverage: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None,
        description="Show prediction sets such as `sad or neutral`. About this share of them, say"
        " 0.9, contains the true expression, averaged over faces like those of the calibration;"
        " it is not a guarantee for a single face or for other kinds of pictures.",
    )
    flip_tta: bool = Field(
        False,
        description="Read each face mirrored too, and average (flip test-time augmentation); the"
        " network takes twice the time.",
    )
    max_megapixels: float = Field(64.0, gt=0, description="Refuse larger pictures.")
    neutral: Path | None = Field(
        None,
        description="JSON of a person's own neutral face that `mien neutral` wrote, or one photo of"
        " it: that person's face is read against it.",
    )
    neutral_face: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="Number of that person's face in each picture, as printed; the only face if"
        " unset.",
    )
    sensitivity: _Unit | None = Field(
        None,
        description="How readily that face is taken to show an expression, 0 to 1; chosen for the"
        " network, so that neutral faces stay neutral, if unset.",
    )
