"""Everything that mien raises on purpose.

MienError
├── DataError           a data set cannot be read
├── PictureError        a picture cannot be decoded
├── NetError            a network is unknown, or its files do not fit together
├── SettingsError       a setting is unknown or out of range
├── TrainingError       a training cannot start, go on or be exported
└── MissingExtraError   a part of mien is used that was not installed

A message says what was expected, what came, and how to mend it. The command
line prints it as one sentence; nothing in mien swallows one.
"""

from __future__ import annotations

import importlib
from types import ModuleType


class MienError(Exception):
    """Root of mien's exceptions.

    Parameters
    ----------
    problem
        What was expected and what came, naming the file, row or key.
    fix
        What the user can do about it.
    """

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem, fix)
        self.problem = problem
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.problem} {self.fix}"


class DataError(MienError):
    """A data set cannot be read."""


class PictureError(MienError):
    """A picture cannot be decoded."""


class NetError(MienError):
    """A network is unknown, or its files do not fit together."""


class SettingsError(MienError):
    """A setting is unknown or out of range."""


class TrainingError(MienError):
    """A training cannot start, go on or be exported."""


class MissingExtraError(MienError):
    """A part of mien is used that was not installed."""


def require(module: str, extra: str) -> ModuleType:
    """Import a module that only an optional extra installs.

    Parameters
    ----------
    module
        Full name of the module, such as ``"lightning"``.
    extra
        The extra of mien that brings it, such as ``"train"``.

    Raises
    ------
    MissingExtraError
        If the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise MissingExtraError(
            f"This needs the package {module.split('.')[0]!r}, which is not installed.",
            f"Install it with: pip install 'mien[{extra}]'.",
        ) from error
