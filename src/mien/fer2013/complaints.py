"""Collects what is wrong with single pictures, or stops at the first."""

from __future__ import annotations

from pathlib import Path

from mien.errors import DataError

_FIX = "Mend or remove it, or leave bad pictures out with --skip-bad (skip_bad=True)."


class Complaints:
    """Where the sources report bad pictures and rows.

    Parameters
    ----------
    path
        The data set, as the user named it.
    skip
        Whether bad pictures are left out; else the first one is an error.
    """

    def __init__(self, path: Path, skip: bool) -> None:
        self.path = path
        self.skip = skip
        self.problems: list[str] = []
        """One clause each, starting with the picture's name inside the data set."""
        self.total: int | None = None
        """Pictures there are, good and bad, once the source knows; for the progress bar."""

    def report(self, problem: str) -> None:
        """Note a bad picture.

        Raises
        ------
        DataError
            If bad pictures are not left out.
        """
        self.problems.append(problem)
        self.check()

    def check(self) -> None:
        """Raise the first problem as an error, unless bad pictures are left out."""
        if self.problems and not self.skip:
            raise DataError(f"In {self.path}, {self.problems[0]}", _FIX)

    def sentences(self) -> tuple[str, ...]:
        """Give one sentence for each bad picture."""
        return tuple(f"In {self.path}, {problem}" for problem in self.problems)
