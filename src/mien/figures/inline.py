"""Turns a figure into SVG that is part of an HTML page."""

from __future__ import annotations

import hashlib
import html
import io
import re
from collections import Counter
from typing import Any

from mien.figures.style import GRID, INK, ONE, SOFT, TWO, save

_COLOURS = {
    "#000000": "--ink",
    INK: "--ink",
    SOFT: "--soft",
    GRID: "--line",
    ONE: "--one",
    TWO: "--two",
}
"""Colours that follow the page's, and so its dark mode; all others stay as drawn."""


def inline(figure: Any, title: str, description: str) -> str:
    """Return a figure as an ``svg`` element.

    It is transparent, as wide as its place, and takes text, line and series colours from the CSS
    variables ``--ink``, ``--soft``, ``--line``, ``--one`` and ``--two`` of the page.

    Parameters
    ----------
    figure
        Of matplotlib.
    title, description
        What it shows, and what can be read off it, for those who cannot see it.
    """
    for axes in figure.axes:
        axes.patch.set_visible(False)
    buffer = io.BytesIO()
    save(figure, buffer, ".svg", facecolor="none")
    body = _body(buffer.getvalue().decode())
    # Figures of one page must not share ids.
    prefix = hashlib.sha256(f"{title}\n{description}\n{body}".encode()).hexdigest()[:8]
    body = _with_ids(body, prefix)
    for colour, variable in _COLOURS.items():
        body = body.replace(f": {colour}", f": var({variable})")
    width, height = figure.get_size_inches() * 72
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img"><title>{html.escape(title)}</title>'
        f"<desc>{html.escape(description)}</desc>{body}</svg>"
    )


def distinct(page: str) -> str:
    """Give figures of a page that are the same ids of their own, since a page has each id once."""
    seen: Counter[str] = Counter()

    def renamed(figure: re.Match[str]) -> str:
        body = figure[0]
        used = re.search(r' id="([0-9a-f]{8})-', body)
        if used is None:
            return body
        seen[used[1]] += 1
        again = f"{used[1]}-{seen[used[1]]}-" if seen[used[1]] > 1 else f"{used[1]}-"
        return re.sub(rf'((?: id| href)="#?){used[1]}-', rf"\g<1>{again}", body)

    return re.sub(r"<svg .*?</svg>", renamed, page, flags=re.DOTALL)


def _body(svg: str) -> str:
    """Return what is inside the ``svg`` element, without what a page has no use for."""
    body = svg[svg.index("<defs>", svg.index("<svg ")) : svg.rindex("</svg>")]
    body = re.sub(r"<style.*?</style>|<clipPath.*?</clipPath>", "", body, flags=re.DOTALL)
    body = re.sub(r' clip-path="[^"]*"', "", body)
    body = re.sub(r" font-family: [^;\"]*;?|transform=\"rotate\(-?0 [^\"]*\"", "", body)
    # Hundredths of a point are enough; text between the tags keeps its digits.
    body = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d+\.\d\d)\d+", r"\1", tag[0]), body)
    return re.sub(r"\s+", " ", re.sub(r"<!--.*?-->|<defs>\s*</defs>", "", body, flags=re.DOTALL))


def _with_ids(body: str, prefix: str) -> str:
    """Keep the ids that are referred to, under names of their own."""
    used = set(re.findall(r'xlink:href="#([^"]+)"', body))
    kept = re.sub(
        r' id="([^"]+)"',
        lambda match: f' id="{prefix}-{match[1]}"' if match[1] in used else "",
        body,
    )
    return re.sub(r'xlink:href="#', f'href="#{prefix}-', kept)
