"""Everything that mien raises on purpose.

MienError           "mien"
├── DataError           "data"         a data set or a file about faces cannot be read or joined
├── PictureError        "picture"      a picture cannot be decoded
├── VideoError          "video"        a clip or a camera cannot be read
├── NetError            "network"      a network is unknown, or its files do not fit together
├── SettingsError       "setting"      a setting is unknown or out of range
├── TrainingError       "training"     a training cannot start, continue or be exported
├── InterruptionError   "interrupted"  Ctrl-C ended the work, which can be continued
├── ServerError         "server"       a server cannot be reached, or refuses a request
├── OutputError         "output"       a file or folder cannot be written
└── MissingExtraError   "extra"        an optional part of mien is not installed

A message says what was expected, what was given, and how to fix it. It speaks of Python's arguments
and of settings, never of flags: the command line adds the flag of `MienError.setting`. Nothing in
mien swallows an error.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable
from types import ModuleType
from typing import Any, ClassVar


class MienError(Exception):
    """Root of mien's exceptions.

    Parameters
    ----------
    problem
        What was expected and what was given, naming the file, row or key; a whole sentence.
    fix
        What the user can do about it; a whole sentence, or nothing if that is obvious.
    setting
        The setting or argument that would change the outcome, such as ``"max_megapixels"``.

    Examples
    --------
    >>> try:
    ...     mien.detect("nowhere.jpg")
    ... except mien.MienError as error:
    ...     print(error.code, error.fix, sep=": ")
    picture: Check the path.
    """

    code: ClassVar[str] = "mien"
    """The kind of error, the same in every release; programs should look at this."""

    def __init__(self, problem: str, fix: str = "", setting: str | None = None) -> None:
        super().__init__(problem, fix)
        self.problem = problem
        self.fix = fix
        self.setting = setting

    def __str__(self) -> str:
        return f"{self.problem} {self.fix}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problem, self.fix, self.setting)


class DataError(MienError):
    """A data set, or a file about faces, cannot be read or joined."""

    code = "data"


class PictureError(MienError):
    """A picture cannot be decoded."""

    code = "picture"


class VideoError(MienError):
    """A clip or a camera cannot be read."""

    code = "video"


class NetError(MienError):
    """A network is unknown, or its files do not fit together."""

    code = "network"


class SettingsError(MienError):
    """A setting is unknown or out of range."""

    code = "setting"


class TrainingError(MienError):
    """A training cannot start, continue or be exported."""

    code = "training"


class InterruptionError(MienError):
    """Ctrl-C ended the work, which the same command or call continues."""

    code = "interrupted"


class ServerError(MienError):
    """A server cannot be reached, or refuses a request."""

    code = "server"


class OutputError(MienError):
    """A file or folder cannot be written."""

    code = "output"


class MissingExtraError(MienError):
    """An optional part of mien is not installed."""

    code = "extra"


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
            how_to_install(extra),
        ) from error


def how_to_install(extra: str) -> str:
    """Return the sentence that says how to install an optional extra.

    mien is not on a package index: ``pip install 'mien[train]'`` would find nothing, or another
    project.

    Parameters
    ----------
    extra
        An extra of mien's pyproject.toml, such as ``"train"``.
    """
    return f"In the folder of mien's source code, run: pip install '.[{extra}]'."


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``"Did you mean 'happy'?"`` for a misspelt name, or nothing if none is similar.

    Parameters
    ----------
    name
        The name as the user spelled it; upper and lower case do not matter, and it may be
        shortened, such as ``"eval"`` or ``"bf16"``.
    known
        All names that exist.
    """
    by_lower = {one.lower(): one for one in known}
    lower = name.lower()
    similar = difflib.get_close_matches(lower, list(by_lower), n=1, cutoff=0.7)
    similar = similar or [one for one in by_lower if len(lower) > 1 and one.startswith(lower)]
    similar = similar or [one for one in by_lower if _shortens(lower, one)]
    return f"Did you mean {by_lower[similar[0]]!r}?" if len(similar) == 1 else ""


def _shortens(short: str, name: str) -> bool:
    """Return whether letters of a name were left out, though not the first and the last."""
    ends = len(short) > 2 and name.startswith(short[0]) and name.endswith(short[-1])
    letters = iter(name)
    return ends and all(letter in letters for letter in short)
