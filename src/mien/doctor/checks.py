"""What the doctor found, as types."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Literal

State = Literal["ok", "note", "broken"]
"""A note is about something optional that is missing, or that limits what can be done."""


@dataclasses.dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    """What it is, such as ``"mien-s"``."""
    value: str
    """What was found, in words or numbers."""
    state: State = "ok"
    problem: str = ""
    """What does not work, and why; a sentence, empty if all is well."""
    fix: str = ""
    """How to fix it; a sentence."""


@dataclasses.dataclass(frozen=True)
class Section:
    """Checks of one kind."""

    title: str
    checks: tuple[Check, ...]


@dataclasses.dataclass(frozen=True)
class Examination:
    """All that was found, with nothing private in it."""

    sections: tuple[Section, ...]

    def __iter__(self) -> Iterator[Check]:
        for section in self.sections:
            yield from section.checks

    @property
    def broken(self) -> list[Check]:
        """The checks of what should work but does not."""
        return [check for check in self if check.state == "broken"]

    @property
    def notes(self) -> list[Check]:
        """The checks of what is optional and missing, or limited."""
        return [check for check in self if check.state == "note"]

    def to_json(self) -> str:
        """Return the examination as JSON: ``well``, and each section with its checks."""
        content = {
            "doctor": {section.title: list(map(dataclasses.asdict, section.checks))
                       for section in self.sections},
            "well": not self.broken,
        }  # fmt: skip
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
