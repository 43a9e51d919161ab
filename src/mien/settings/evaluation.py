"""How networks are measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from mien.models import DEFAULT
from mien.models.answers import Labels
from mien.settings.base import Section

SplitName = Literal["train", "validation", "public", "private", "test", "all"]


def _numbers(text: str) -> tuple[float, ...]:
    """Read numbers between commas; a ValueError says that the text holds something else."""
    levels = tuple(float(part) for part in text.split(","))
    if not all(0 < level < 1 for level in levels):
        raise ValueError(text)
    return levels


def _words(text: str) -> tuple[str, ...]:
    """Read words between commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _one_text(value: object) -> object:
    """Write a TOML file's list or number as the flag would be written."""
    if isinstance(value, list | tuple):
        return ",".join(str(part) for part in value)
    return str(value) if isinstance(value, int | float) else value


def _check_levels(text: str) -> str:
    """Refuse a text that `_numbers` cannot read."""
    try:
        _numbers(text)
    except ValueError as error:
        raise PydanticCustomError(
            "levels", "Expected numbers between 0 and 1 such as 0.8,0.9,0.95"
        ) from error
    return text


def _check_severities(text: str) -> str:
    """Refuse anything but numbers from 1 to 5."""
    words = _words(text)
    if not words or not set(words) <= set("12345"):
        raise PydanticCustomError("severities", "Expected numbers from 1 to 5 such as 1,3,5")
    return text


_List = Annotated[str, BeforeValidator(_one_text)]
_Levels = Annotated[_List, AfterValidator(_check_levels)]
_Severities = Annotated[_List, AfterValidator(_check_severities)]


class EvaluateSettings(Section):
    """How a network is measured."""

    HEADINGS: ClassVar[Mapping[str, str]] = {
        "net": "What is measured",
        "json_file": "Files written",
        "against": "What is measured",
        "votes": "Further scores",
        "predictions": "Files written",
        "target_accuracy": "Further scores",
        "corrupt": "Corrupted faces",
    }

    net: str = Field(
        DEFAULT, description="Shipped network's name, an ONNX file, its JSON file, or `all`."
    )
    split: SplitName | None = Field(
        None,
        description="Split to score. If unset: test, or validation where the data has no test"
        " faces, or all where it has no splits.",
    )
    json_file: Path | None = Field(
        None, alias="json", description="File to write the scores to; - is standard output."
    )
    against: Path | None = Field(
        None,
        description="Training data; also score without the faces that are pixel-identical to"
        " one of its training faces.",
    )
    exclude: Path | None = Field(
        None,
        description="CSV of faces to leave out: audit.csv, or your own with a column name or file.",
    )
    exclude_reasons: _List | None = Field(
        None,
        description="Only leave out faces that the CSV lists for these reasons, such as"
        " blank,no_vote.",
    )
    flip_tta: bool = Field(
        False,
        description="Average over each face and its mirror image (flip test-time augmentation);"
        " takes twice the time. With fer2013 labels"
        " it is worth .004 to .010 of accuracy on FER-2013's PrivateTest, and -.003 to .005 on its"
        " PublicTest.",
    )
    labels: Labels | None = Field(
        None,
        description="Answer to measure if the network has two: `mixed` counts what FER+'s taggers"
        " saw too, which suits other people's photos better; `fer2013` keeps to FER-2013's labels."
        " Mixed if unset.",
    )
    detect: bool = Field(False, description="Find and crop the faces first, as in a photo.")
    votes: Path | None = Field(
        None, description="FER+'s fer2013new.csv; also score against the votes of its ten taggers."
    )
    groups: Path | None = Field(
        None, description="CSV with a column file or name, and columns of groups to score."
    )
    predictions: Path | None = Field(
        None,
        description="Parquet file for the probabilities of each face, as mien compare needs it.",
    )
    target_accuracy: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Find the confidence threshold that reaches this accuracy."
    )
    coverage: _Levels | None = Field(
        None, description="Coverages such as 0.8,0.9 at which prediction sets are measured."
    )
    corrupt: _List | None = Field(
        None, description="Also score corrupted faces: `all`, or corruptions such as noise,blur."
    )
    severities: _Severities = Field("1,2,3,4,5", description="Severities of corruption, 1 to 5.")
    corrupt_seed: int = Field(0, ge=0, description="Seed of the corruptions.")
    figure: Path | None = Field(None, description="PNG for a heat map of the corrupted faces.")

    @property
    def levels(self) -> tuple[float, ...] | None:
        """The coverages in ``coverage``; None if it is unset."""
        return None if self.coverage is None else _numbers(self.coverage)

    @property
    def reasons(self) -> tuple[str, ...] | None:
        """The reasons in ``exclude_reasons``; None if it is unset."""
        return None if self.exclude_reasons is None else _words(self.exclude_reasons)

    @property
    def corruptions(self) -> Literal["all"] | tuple[str, ...] | None:
        """The corruptions in ``corrupt``; None if it is unset."""
        if self.corrupt is None:
            return None
        return "all" if self.corrupt.strip() == "all" else _words(self.corrupt)

    @property
    def severity_levels(self) -> tuple[int, ...]:
        """The severities in ``severities``."""
        return tuple(int(word) for word in _words(self.severities))


class ReportSettings(Section):
    """How a report is written."""

    out: Path = Field(Path("report.html"), description="File for the page; - is standard output.")
    title: str | None = Field(None, min_length=1, description="Title of the page.")
