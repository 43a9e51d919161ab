"""The base class of all parts of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the settings that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    HEADINGS: ClassVar[Mapping[str, str]] = {}
    """The headings of a long help, by the first field below each."""

    @classmethod
    def heading(cls, field: str) -> str | None:
        """Return the heading above a field; None if the section has no headings."""
        headings: dict[str, str] = {}
        for part in reversed(cls.__mro__):
            headings |= part.HEADINGS if issubclass(part, Section) else {}
        heading = None
        for name in cls.model_fields:
            heading = headings.get(name, heading)
            if name == field:
                break
        return heading
