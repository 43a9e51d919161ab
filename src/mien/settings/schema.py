"""Everything that can be set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from mien.errors import SettingsError
from mien.settings.base import Section
from mien.settings.batch import BatchSettings
from mien.settings.data import AuditSettings, DescribeSettings
from mien.settings.detect import DetectSettings
from mien.settings.evaluation import EvaluateSettings, ReportSettings
from mien.settings.limits import LimitSettings
from mien.settings.serve import ServeSettings, WebcamSettings
from mien.settings.study import StudySettings
from mien.settings.training import TrainSettings
from mien.settings.tuning import TuneSettings

Mode = Literal[
    "FER-train",
    "FER-evaluate",
    "FER-predict",
    "FER-batch",
    "FER-describe",
    "FER-study",
    "FER-tune",
    "FER-webcam",
    "FER-serve",
]
"""What ``python main.py`` can be asked to do."""


def _check_path(path: object) -> object:
    """Refuse an empty path, which would be the current folder."""
    if path == "":
        raise PydanticCustomError("path", "Expected a path")
    return path


class Settings(Section):
    """Everything that config.toml may hold."""

    mode: Mode = Field("FER-train", description="What `python main.py` does.")
    data: Annotated[Path, BeforeValidator(_check_path)] | None = Field(
        None, description="Labelled faces: zip, folder, CSV or Parquet."
    )
    skip_bad: bool = Field(
        False, description="Skip pictures that cannot be read, and report how many."
    )
    weights_url: str | None = Field(
        None, description="URL of a folder that `mien nets --fetch` downloads large networks from."
    )
    train: TrainSettings = TrainSettings()
    evaluate: EvaluateSettings = EvaluateSettings()
    detect: DetectSettings = DetectSettings()
    batch: BatchSettings = BatchSettings()
    describe: DescribeSettings = DescribeSettings()
    audit: AuditSettings = AuditSettings()
    study: StudySettings = StudySettings()
    tune: TuneSettings = TuneSettings()
    report: ReportSettings = ReportSettings()
    serve: ServeSettings = ServeSettings()
    webcam: WebcamSettings = WebcamSettings()
    limits: LimitSettings = LimitSettings()

    def data_or_fail(self) -> Path:
        """Return the data's path.

        Raises
        ------
        SettingsError
            If no data was named.
        """
        if self.data is None:
            raise SettingsError(
                "No data set was named.",
                'Name a zip, folder, CSV or Parquet file: data = "PATH" in the TOML file.',
                "data",
            )
        return self.data
