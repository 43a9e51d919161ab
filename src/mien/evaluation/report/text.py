"""Writes numbers and tables as HTML.

Each number stands in a ``data`` element whose value is the number as the file has it, so that a
program that reads the page gets it unrounded.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

NONE = '<span class="soft">none</span>'
"""Stands for a number that is undefined, such as the recall of a class without a face."""


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with its digits after the point."""
    return NONE if value is None else f'<data value="{value!r}">{value:.{digits}f}</data>'


def percent(value: float | None, digits: int = 1) -> str:
    """Write a share, 0 to 1, in percent."""
    if value is None:
        return NONE
    return f'<data value="{value!r}">{100 * value:.{digits}f}%</data>'


def count(value: int) -> str:
    """Write a count with separators of thousands."""
    return f'<data value="{value}">{value:,}</data>'


def between(interval: Sequence[float] | None, digits: int = 3) -> str:
    """Write an interval."""
    if interval is None:
        return NONE
    low, high = (number(end, digits) for end in interval)
    return f'<span class="range">{low} to {high}</span>'


def scored(value: float | None, interval: Sequence[float] | None, digits: int = 3) -> str:
    """Write a score with its interval beside it, or below it where there is little room."""
    if value is None or interval is None:
        return number(value, digits)
    return f"{number(value, digits)} {between(interval, digits)}"


def paragraph(*sentences: str) -> str:
    """Make a paragraph of sentences that are HTML already."""
    return f"<p>{' '.join(sentence for sentence in sentences if sentence)}</p>"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Make a table whose first column names the rows; it scrolls where it is too wide.

    Parameters
    ----------
    headings, rows
        HTML of the cells.
    kind
        CSS class of the table.
    """
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(f"<td>{cell}</td>" for cell in row[1:])
        + "</tr>\n"
        for row in rows
    )
    return (
        f'<div class="wide" tabindex="0"><table class="{kind}"><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def figure(*charts: str) -> str:
    """Set charts side by side where there is room."""
    return f'<div class="charts">{"".join(f"<figure>{chart}</figure>" for chart in charts)}</div>'


def beside(chart: str, numbers: str) -> str:
    """Set a table beside its chart where there is room."""
    return f'<div class="beside"><figure>{chart}</figure>{numbers}</div>'


def folded(summary: str, content: str) -> str:
    """Hide what few readers look for until it is asked for."""
    return f"<details><summary>{summary}</summary>{content}</details>"


def code(command: str) -> str:
    """Write a command."""
    return f"<code>{html.escape(command)}</code>"
