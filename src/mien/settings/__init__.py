"""The one schema behind config.toml, the environment and the command line's flags.

A value comes from the first of these that has it: a flag, an environment variable
(``MIEN__TRAIN__EPOCHS=5``), the TOML file, the default in the schema.
"""

from mien.settings.data import AuditSettings, DescribeSettings
from mien.settings.loading import load
from mien.settings.measuring import EvaluateSettings, ReportSettings
from mien.settings.reading import PredictSettings
from mien.settings.searching import StudySettings, TuneFlags, TuneSettings
from mien.settings.section import Section
from mien.settings.training import TrainSettings
from mien.settings.whole import Settings

__all__ = [
    "AuditSettings",
    "DescribeSettings",
    "EvaluateSettings",
    "PredictSettings",
    "ReportSettings",
    "Section",
    "Settings",
    "StudySettings",
    "TrainSettings",
    "TuneFlags",
    "TuneSettings",
    "load",
]
