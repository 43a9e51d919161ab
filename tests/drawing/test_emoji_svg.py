"""Emoji as SVG: the same drawings as on pictures."""

import io
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from mien.classes import Vocabulary
from mien.drawing import emoji
from mien.drawing.emoji import DRAWN
from mien.drawing.emoji_svg import emoji_svg


@pytest.mark.parametrize("sign", sorted(DRAWN))
def test_a_face_is_small_and_has_only_numbers_in_its_paths(sign):
    drawing = emoji_svg(sign)
    assert len(drawing) < 2100
    paths = re.findall(r' d="([^"]*)"', drawing)
    assert all(re.fullmatch(r"[MLzhvHV0-9. -]+", path) for path in paths)


def test_what_mien_does_not_draw_is_refused():
    with pytest.raises(KeyError):
        emoji_svg("🦉")


@pytest.mark.slow
def test_it_looks_as_on_pictures():
    """Rendered by chromium, no emoji differs from the drawing on pictures by more than an edge."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    signs = sorted(DRAWN)
    names = {f"class {sign}": sign for sign in signs}
    vocabulary = Vocabulary.named(list(names), names)
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 128, "height": 128})
        for expression in vocabulary:
            drawing = emoji_svg(expression.emoji).replace('"256"', '"128"')
            page.set_content(f"<style>body{{margin:0}}</style>{drawing}")
            shown = _pixels(page.screenshot())
            own = emoji(expression, 128).astype(int)
            over = own[..., 3:] / 255 * own[..., :3] + 255 - own[..., 3:]
            assert np.abs(shown - over).mean() < 3, expression
        browser.close()


def _pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
