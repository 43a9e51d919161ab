"""How a network's settings are searched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from mien.settings.base import Section


class TuneFlags(Section):
    """How a network's settings are searched, as far as flags can set it."""

    HEADINGS: ClassVar[Mapping[str, str]] = {"trials": "Search"}

    trials: int = Field(
        50, ge=1, description="Trials to finish in total, including those of earlier runs and"
        " other workers."
    )
    out: Path | None = Field(
        None, description="Folder for trials, figures and best.toml; runs/tuning-NAME if unset."
    )
    name: str | None = Field(
        None, min_length=1, max_length=100, description="Name of the tuning; the net's if unset."
    )
    storage: str | None = Field(
        None,
        description="Database of the trials; a file in the output folder if unset. One such as"
        " postgresql+psycopg://USER@HOST/NAME can be shared by many machines.",
    )
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of the search, not of the networks.")
    startup: int = Field(
        10, ge=1, description="Trials to draw at random before the search learns from them."
    )
    warm_up: int = Field(
        5, ge=1, description="First epoch after which an unpromising trial may be pruned."
    )
    keep: bool = Field(False, description="Keep the weights of each trial's best epoch.")
    heartbeat: int = Field(
        60,
        ge=1,
        le=3600,
        description="Seconds between heartbeats in a shared storage; after three missed ones"
        " another worker runs the trial again.",
    )


class TuneSettings(TuneFlags):
    """How a network's settings are searched."""

    space: dict[str, Any] = Field(
        {},
        description="Ranges by setting, such as {low = 0, high = 0.4} or [32, 64], that replace"
        " the network's own.",
    )
