"""How photos, clips and cameras are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from mien.clock import parse_time
from mien.models import DEFAULT
from mien.models.answers import Labels
from mien.settings.base import Section
from mien.settings.video import VideoSettings

AUTO = "auto"
"""In place of a neutral face: find out when each face is at rest."""

_FACES = re.compile(r"[,;\s]+(?=\d+=)")
_FACE = re.compile(r"(\d+)=(.+)")

_Unit = Annotated[float, Field(ge=0, le=1)]


class PictureSettings(Section):
    """How pictures are read, in photos and in clips."""

    HEADINGS: ClassVar[Mapping[str, str]] = {
        "net": "Reading",
        "out": "Files written",
        "truth": "Checking the answers",
        "min_confidence": "Reading",
        "neutral": "A person's own neutral face",
    }

    sources: tuple[str, ...] = Field(
        (),
        description="Photos, clips, folders or globs to read; `-` is a photo on standard input, and"
        " `camera:0` the first camera.",
    )
    net: str = Field(DEFAULT, description="Name of a shipped network, or path of an ONNX file.")
    out: Path | None = Field(
        None,
        description="Folder for annotated pictures and clips, their summaries, and the table of"
        " clips. Unset, they stand beside each photo or clip, without the table.",
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
        True,
        description="Write a copy of each photo that has a face, and of each clip, with the faces"
        " drawn. Without copies, nothing stands beside a clip.",
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
        " network takes twice the time. With fer2013 labels"
        " it is worth .004 to .010 of accuracy on FER-2013's PrivateTest, and -.003 to .005 on its"
        " PublicTest.",
    )
    labels: Labels | None = Field(
        None,
        description="Answer to give if the network has two: `mixed` counts what FER+'s taggers saw"
        " too, which suits other people's photos better; `fer2013` keeps to FER-2013's labels."
        " Mixed if unset.",
    )
    max_megapixels: float = Field(64.0, gt=0, description="Refuse larger pictures.")
    max_megabytes: float = Field(
        400.0, gt=0, description="Refuse larger picture files before they are read."
    )
    max_faces: int = Field(2000, ge=1, description="Refuse pictures with more faces.")
    neutral: str | None = Field(
        None,
        description="JSON of a person's own neutral face that `mien neutral` wrote, or one photo of"
        " it: that person's face is read against it. In clips also `0:02-0:05`, when each face is"
        " at rest; `auto`, which finds that out; or a file for each face, as"
        " `0=anna.json 1=ben.json`.",
    )
    neutral_face: Annotated[int, Field(ge=1)] | None = Field(
        None,
        description="Number of that person's face in each photo, as printed; the only face if"
        " unset.",
    )
    sensitivity: _Unit | None = Field(
        None,
        description="How readily that face is taken to show an expression, 0 to 1; chosen for the"
        " network, so that neutral faces stay neutral, if unset.",
    )

    @property
    def neutral_files(self) -> list[Path]:
        """The files that the neutral faces come from; none if they come from the clips."""
        return [] if self.neutral is None else neutral_files(self.neutral)


def neutral_files(text: str) -> list[Path]:
    """Return the files that a text on neutral faces names."""
    if text.strip() == AUTO or is_range(text):
        return []
    by_face = neutral_by_face(text)
    return [Path(text)] if by_face is None else list(by_face.values())


def neutral_by_face(text: str) -> dict[int, Path] | None:
    """Return the files of ``"0=anna.json 1=ben.json"`` by the number of the face.

    None is returned if a text has another form. Of two files for one face, the last counts.
    """
    parts = _FACES.split(text.strip())
    pairs = [_FACE.fullmatch(part) for part in parts]
    if not all(pairs):
        return None
    return {int(pair[1]): Path(pair[2]) for pair in pairs if pair is not None}


def is_range(text: str) -> bool:
    """Return whether a text is a range of time such as ``"0:02-0:05"``."""
    begin, dash, end = text.partition("-")
    return bool(dash) and parse_time(begin) is not None and parse_time(end) is not None


class DetectSettings(VideoSettings, PictureSettings):
    """How photos, clips and cameras are read."""
