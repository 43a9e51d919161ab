"""Writes tables and lists as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], words: int = 1) -> str:
    """Return a table; its first ``words`` columns are flush left, the numbers after them right."""
    rules = [":--" if place < words else "--:" for place in range(len(headings))]
    return "\n".join(_row(cells) for cells in (headings, rules, *rows))


def bullets(lines: Iterable[str]) -> str:
    """Return a list."""
    return "\n".join(f"- {line}" for line in lines)


def plain(text: str) -> str:
    """Return text that Markdown shows as it is: ``<b>``, ``a*b`` and ``_`` mean nothing."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_\[\]])", r"\\\1", escaped)


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"
