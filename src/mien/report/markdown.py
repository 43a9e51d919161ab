"""Writes numbers, tables and lists as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NONE = "–"
"""Stands where a score is undefined."""


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], words: int = 1) -> str:
    """Write a table; its first ``words`` columns are flush left, the numbers after them right."""
    rules = [":--" if place < words else "--:" for place in range(len(headings))]
    return "\n".join(_row(cells) for cells in (headings, rules, *rows))


def bullets(lines: Iterable[str]) -> str:
    """Write a list."""
    return "\n".join(f"- {line}" for line in lines)


def number(value: float | None, interval: Sequence[float] | None = None) -> str:
    """Write a score with three decimals, and its interval behind it."""
    if value is None:
        return NONE
    return f"{value:.3f}" + (f" ({span(interval)})" if interval else "")


def span(interval: Sequence[float]) -> str:
    """Write an interval."""
    return f"{interval[0]:.3f} to {interval[1]:.3f}"


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"
