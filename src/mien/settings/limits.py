"""How much of a data set is taken before it is refused."""

from __future__ import annotations

from pydantic import Field

from mien.settings.base import Section


class LimitSettings(Section):
    """How much of a data set is taken before it is refused."""

    max_zip_entries: int = Field(
        1_000_000, ge=1, description="Refuse zips with more files and folders."
    )
    max_zip_growth: float = Field(
        100.0, ge=1, description="Refuse zips that unpack to more times their own size."
    )
    max_csv_line: int = Field(
        2**20, ge=100, description="Refuse CSV files with a line of more characters."
    )


DEFAULT_LIMITS = LimitSettings()
"""What holds unless other limits are given."""
