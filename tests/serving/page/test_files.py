"""The page's files: few bytes, nothing from elsewhere, and emoji as mien draws them."""

import importlib
import re
from pathlib import Path

import pytest

from mien.drawing.emoji import DRAWN
from mien.drawing.emoji_svg import emoji_svg
from mien.serving import pages

PAGE = Path(pages.__file__).parent / "page"
FILES = sorted(path for path in PAGE.rglob("*") if path.is_file())


def test_the_page_weighs_less_than_200_kb():
    assert sum(path.stat().st_size for path in FILES) < 200_000


def test_the_server_gives_every_file():
    for path in FILES:
        assert pages.find_file(path.relative_to(PAGE).as_posix()).body == path.read_bytes()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_comes_from_elsewhere_and_nothing_is_inline(path):
    text = path.read_text().replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"https?://[^\"'\s]*", text) == []
    if path.suffix == ".html":
        assert "style=" not in text
        assert "<style" not in text
        assert re.findall(r"\son\w+=", text) == []
        assert re.findall(r"<script(?![^>]*\ssrc=)", text) == []
    if path.suffix == ".js" and path.name != "emoji_faces.js":
        assert "localStorage" not in text
        assert "innerHTML" not in text


def test_emoji_are_those_that_mien_draws(monkeypatch):
    # After a change of a face: python dev/emoji_module.py
    monkeypatch.syspath_prepend(Path(__file__).parents[3] / "dev")
    module = importlib.import_module("emoji_module")
    assert (PAGE / "emoji_faces.js").read_text(encoding="utf-8") == module.module()
    assert (PAGE / "icon.svg").read_text() == module.icon()
    assert all(emoji_svg(sign).count("<svg") == 1 for sign in DRAWN)
