"""Writes numbers and tables as HTML.

Each number stands in a ``data`` element whose value is the number as the file has it, so that a
program that reads the page gets it unrounded.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load for a page: nothing but what stands in it."""

_STYLE = """
:root { color-scheme: light dark; --ink: #222; --soft: #666; --line: #ddd; --paper: #fff;
  --card: #f6f6f4 }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #eee; --soft: #aaa; --line: #444; --paper: #191919; --card: #242424 }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; line-height: 1.25; margin-bottom: .2rem }
h2 { margin: 2.5rem 0 .3rem; font-size: 1.2rem }
p { max-width: 46rem; margin: .3rem 0 1rem } .soft, figcaption { color: var(--soft) }
.soft { overflow-wrap: anywhere }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .9rem; border-bottom: 1px solid var(--line); text-align: right }
th:first-child, td:first-child { text-align: left; padding-left: 0 } a { color: inherit }
.faces { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .7rem }
figure { margin: 0; padding: .6rem; background: var(--card); border-radius: .5rem }
img { width: 96px; height: 96px; image-rendering: pixelated; border-radius: 3px; margin-right: 4px }
figcaption { font-size: .78rem; line-height: 1.35; overflow-wrap: anywhere }
figcaption b { color: var(--ink); font-size: .85rem }
@media print {
  body { max-width: none; margin: 0; font-size: 11pt }
  figure, tr, svg { break-inside: avoid } h1, h2, h3, h4 { break-after: avoid }
}
"""


def document(title: str, body: str, style: str = "") -> str:
    """Make a page that holds all it shows, so that it needs no network and can be sent.

    Parameters
    ----------
    title
        Plain text.
    body
        HTML.
    style
        CSS beside that of every page.
    """
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}{style}</style>\n</head>\n<body>",
        body,
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def png_address(image: NDArray[np.uint8]) -> str:
    """Encode a picture, gray ``uint8 [H, W]`` or BGR ``[H, W, 3]``, as the address of itself."""
    encoded = cv2.imencode(".png", np.asarray(image))[1]
    return "data:image/png;base64," + base64.b64encode(encoded.tobytes()).decode()


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
