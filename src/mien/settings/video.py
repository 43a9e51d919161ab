"""How clips and cameras are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from mien.clock import parse_time
from mien.settings.base import Section

Format = Literal["csv", "parquet", "openface", "pyfeat", "facereader", "imotions"]
"""Formats of the tables of clips: mien's own in two, and those of other programs."""


def _as_text(value: object) -> object:
    """Let a TOML file give seconds as a number."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value}" if number else value


def _check_time(text: str) -> str:
    """Refuse what is not a time."""
    if parse_time(text) is None:
        raise PydanticCustomError("time", "Expected seconds, such as 75.5, or m:ss, such as 1:15.5")
    return text


_Time = Annotated[str, BeforeValidator(_as_text), AfterValidator(_check_time)]

_RANGES = re.compile(r"[,;\s]+")


class VideoSettings(Section):
    """How clips and cameras are read."""

    HEADINGS: ClassVar[Mapping[str, str]] = {"format": "Clips and cameras"}

    format: Format | None = Field(
        None,
        description="Table in the folder of outputs: faces.csv, or faces.parquet. The name of"
        " another program adds a table for each clip with that program's columns. Unset, it is"
        " faces.csv if there are clips.",
    )
    video: bool = Field(
        True, description="Write a copy of each clip with its faces drawn, as MP4 with its sound."
    )
    every: int = Field(1, ge=1, description="Read only every Nth frame of clips.")
    fps: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="Read at most so many frames a second of clips; all if unset."
    )
    start: _Time | None = Field(
        None, description="Where to begin in each clip, in seconds or as m:ss."
    )
    end: _Time | None = Field(None, description="Where to end in each clip, in seconds or as m:ss.")
    seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="How long to record from a camera; until Ctrl-C if unset."
    )
    smooth: float = Field(
        0.15,
        ge=0,
        le=60,
        description="Smooth each face's probabilities over about so many seconds; 0 is off.",
    )
    detect_every: int = Field(
        5,
        ge=1,
        le=5,
        description="Search the whole picture for faces every so many frames, and look only around"
        " the last places between.",
    )
    remember: float = Field(
        2.0, ge=0, le=3600, description="Seconds after which a face out of sight is a new one."
    )
    markers: Path | None = Field(
        None,
        description="CSV with the columns time and label: what happens when in the clips. Rows get"
        " the label, and the summary is by label too.",
    )
    exclude: str | None = Field(
        None,
        description="Range of time to leave out of the summaries of all clips, such as"
        " `0:10-0:12`; or several, between commas.",
    )
    resume: bool = Field(
        False,
        description="Go on with a run into the same folder that was interrupted; needs the same"
        " clips and settings.",
    )

    @property
    def program(self) -> str | None:
        """The other program in whose layout a table is written for each clip; None without."""
        return None if self.format in (None, "csv", "parquet") else self.format

    @property
    def first(self) -> float | None:
        """Where to begin in each clip, in seconds."""
        return None if self.start is None else parse_time(self.start)

    @property
    def last(self) -> float | None:
        """Where to end in each clip, in seconds."""
        return None if self.end is None else parse_time(self.end)

    @property
    def excluded(self) -> list[str]:
        """The ranges to leave out of summaries, as texts."""
        return [part for part in _RANGES.split(self.exclude or "") if part]
