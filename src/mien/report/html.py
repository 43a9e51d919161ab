"""Writes pages, numbers and tables as HTML.

Each number is in a ``data`` element whose value is the unrounded number, for programs that read
the page.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.evaluation.wording import MISSING, p_text
from mien.figures import distinct
from mien.report.style import PAGE

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load for a page: only what is in the page itself."""


def document(title: str, body: str, style: str = "") -> str:
    """Return a page that contains everything it shows, so that it can be sent and read offline.

    Parameters
    ----------
    title
        Plain text.
    body
        HTML.
    style
        CSS besides that of every page.
    """
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(title)}</title>\n<style>{PAGE}{style}</style>\n</head>\n<body>",
        distinct(body),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def data_uri(image: NDArray[np.uint8]) -> str:
    """Return a picture, gray ``uint8 [H, W]`` or RGB ``[H, W, 3]``, as a ``data:`` URI of a PNG."""
    pixels = np.asarray(image)
    encoded = cv2.imencode(".png", pixels if pixels.ndim == 2 else pixels[..., ::-1])[1]
    return "data:image/png;base64," + base64.b64encode(encoded.tobytes()).decode()


NONE = f'<span class="soft">{MISSING}</span>'
"""Stands for a number that is undefined, such as the recall of a class without faces."""


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with its decimals."""
    return NONE if value is None else f'<data value="{value!r}">{value:.{digits}f}</data>'


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share, 0 to 1, in percent."""
    if value is None:
        return NONE
    return f'<data value="{value!r}">{100 * value:.{digits}f}%</data>'


def p_value(p: float) -> str:
    """Return a p-value as ``p = 0.0123``."""
    return f'<data value="{p!r}">{html.escape(p_text(p))}</data>'


def count(value: int) -> str:
    """Return a count with thousands separators."""
    return f'<data value="{value}">{value:,}</data>'


def duration(seconds: float) -> str:
    """Return a duration in words, in its two largest units."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def between(interval: Sequence[float] | None, digits: int = 3) -> str:
    """Return an interval."""
    if interval is None:
        return NONE
    low, high = (number(end, digits) for end in interval)
    return f'<span class="range">{low} to {high}</span>'


def score(value: float | None, interval: Sequence[float] | None, digits: int = 3) -> str:
    """Return a score with its interval beside it, or below it where there is little room."""
    if value is None or interval is None:
        return number(value, digits)
    return f"{number(value, digits)} {between(interval, digits)}"


def paragraph(*sentences: str) -> str:
    """Return a paragraph of sentences that are HTML already; empty ones are left out."""
    return f"<p>{' '.join(sentence for sentence in sentences if sentence)}</p>"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Return a table whose first column names the rows; it scrolls if it is too wide.

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


def figures(*charts: str) -> str:
    """Return charts, side by side where there is room."""
    return f'<div class="charts">{"".join(f"<figure>{chart}</figure>" for chart in charts)}</div>'


def beside(chart: str, numbers: str) -> str:
    """Return a table beside its chart, or below it where there is little room."""
    return f'<div class="beside"><figure>{chart}</figure>{numbers}</div>'


def folded(summary: str, content: str) -> str:
    """Return content that is hidden until the reader opens it."""
    return f"<details><summary>{summary}</summary>{content}</details>"


def code(command: str) -> str:
    """Return a command as code, in which no line ends between a flag's dashes and its name."""
    words = re.sub(r"(?<= )--[\w-]+", r"<span>\g<0></span>", html.escape(command))
    return f"<code>{words}</code>"


def footer(command: str) -> str:
    """Return the end of a page: what made it, and the command that makes it again."""
    from mien import __version__

    how = f" with {code(command)}" if command else ""
    return f'<footer class="soft small">Made by mien {__version__}{how}.</footer>'
