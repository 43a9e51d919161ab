"""The one schema behind config.toml, the environment and the command line's flags.

A value comes from the first of these that has it: a flag, an environment variable
(``MIEN__TRAIN__EPOCHS=5``), the TOML file, the default in the schema.
"""

from mien.settings.base import Section
from mien.settings.batch import BatchSettings
from mien.settings.data import AuditSettings, DescribeSettings
from mien.settings.detect import DetectSettings
from mien.settings.evaluation import EvaluateSettings, ReportSettings
from mien.settings.limits import DEFAULT_LIMITS, LimitSettings
from mien.settings.loading import load
from mien.settings.schema import Settings
from mien.settings.serve import ServeSettings, WebcamSettings
from mien.settings.study import StudySettings
from mien.settings.training import TrainSettings
from mien.settings.tuning import TuneFlags, TuneSettings

__all__ = [
    "DEFAULT_LIMITS",
    "AuditSettings",
    "BatchSettings",
    "DescribeSettings",
    "DetectSettings",
    "EvaluateSettings",
    "LimitSettings",
    "ReportSettings",
    "Section",
    "ServeSettings",
    "Settings",
    "StudySettings",
    "TrainSettings",
    "TuneFlags",
    "TuneSettings",
    "WebcamSettings",
    "load",
]
