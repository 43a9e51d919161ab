"""The frame of mien's self-contained web pages."""

from __future__ import annotations

import base64
import html

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
