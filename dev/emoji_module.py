"""Writes the page's emoji, emoji_faces.js and icon.svg of src/mien/serving/page.

Run it after changing a face: python dev/emoji_module.py
"""

from __future__ import annotations

import json
from pathlib import Path

from mien.drawing.emoji_faces import FACES
from mien.drawing.emoji_svg import emoji_svg

PAGE = Path(__file__).parents[1] / "src/mien/serving/page"

_HEAD = """// mien's own emoji, so that they look alike on every machine. "" stands for unsure.
// Written by dev/emoji_module.py from mien.drawing; do not edit.
"""


def module() -> str:
    """Return the module: an object with an SVG document for each emoji."""
    lines = (
        f"  {json.dumps(sign or '', ensure_ascii=False)}: {json.dumps(emoji_svg(sign))},\n"
        for sign in FACES
    )
    return f"{_HEAD}export const FACES = {{\n{''.join(lines)}}};\n"


def icon() -> str:
    """Return the page's icon."""
    return f"{emoji_svg('😄')}\n"


if __name__ == "__main__":
    (PAGE / "emoji_faces.js").write_text(module(), encoding="utf-8")
    (PAGE / "icon.svg").write_text(icon(), encoding="utf-8")
