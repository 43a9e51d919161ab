"""How networks are measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from mien.models import DEFAULT
from mien.settings.base import Section

SplitName = Literal["train", "public", "private", "test", "all"]


def _levels(text: str) -> tuple[float, ...]:
    """Read numbers between commas; a ValueError says that they are none."""
    levels = tuple(float(part) for part in text.split(","))
    if not all(0 < level < 1 for level in levels):
        raise ValueError(text)
    return levels


def _one_text(value: object) -> object:
    """Write a TOML file's list or number as the flag would be written."""
    if isinstance(value, list | tuple):
        return ",".join(str(part) for part in value)
    return str(value) if isinstance(value, int | float) else value


def _check_levels(text: str) -> str:
    """Refuse a text that `_levels` cannot read."""
    try:
        _levels(text)
    except ValueError as error:
        raise PydanticCustomError(
            "levels", "Expected numbers between 0 and 1 such as 0.8,0.9,0.95"
        ) from error
    return text


_List = Annotated[str, BeforeValidator(_one_text)]
_Levels = Annotated[_List, AfterValidator(_check_levels)]


class EvaluateSettings(Section):
    """How a network is measured."""

    net: str = Field(DEFAULT, description="Shipped network's name, an ONNX file, a card, or `all`.")
    split: SplitName | None = Field(
        None, description="Split to score; test if unset, or all where the data has no splits."
    )
    json_file: Path | None = Field(None, alias="json", description="File to write the scores to.")
    against: Path | None = Field(
        None, description="Training data; scores are also given without its identical twins."
    )
    exclude: Path | None = Field(
        None, description="CSV of faces to leave out, such as audit.csv."
    )
    mirror: bool = Field(
        False, description="Read each face mirrored too, and average; takes twice the time."
    )
    detect: bool = Field(False, description="Find and crop the faces first, as on a photo.")
    votes: Path | None = Field(
        None, description="FER+'s fer2013new.csv; the votes of its ten taggers are scored against."
    )
    groups: Path | None = Field(
        None, description="CSV with the column file and others; scores are given by their groups."
    )
    predictions: Path | None = Field(
        None, description="Parquet file for what was said of each face, as mien compare needs it."
    )
    target_accuracy: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Find the confidence from which on answers are this accurate."
    )
    sets: _Levels | None = Field(
        None,
        description="Coverages such as 0.8,0.9 for which sets of expressions are measured.",
    )
    corrupt: _List | None = Field(
        None, description="Score spoilt faces too: `all`, or corruptions such as noise,blur."
    )
    severities: _List = Field("1,2,3,4,5", description="Severities to spoil by, 1 to 5.")
    corrupt_seed: int = Field(0, ge=0, description="Seed of the corruptions.")
    figure: Path | None = Field(None, description="PNG for the heat map of the spoilt faces.")

    @property
    def levels(self) -> tuple[float, ...]:
        """The coverages in ``sets``."""
        return () if self.sets is None else _levels(self.sets)


class ReportSettings(Section):
    """How a report is written."""

    out: Path = Field(Path("report.html"), description="File for the page.")
    title: str | None = Field(None, min_length=1, description="Title of the page.")
