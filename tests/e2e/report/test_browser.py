"""A real browser shows and prints the page of mien report."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium, which is not installed")

MEASURE = """<!doctype html><title>waiting</title><body>
<iframe id=frame width=WIDTH height=800 srcdoc="PAGE"></iframe><script>
onload = () => {
  const page = document.getElementById("frame").contentDocument
  document.title = JSON.stringify({
    wide: page.documentElement.scrollWidth,
    pictures: [...page.images].filter(image => image.naturalWidth == 48).length,
    charts: [...page.querySelectorAll("svg")].filter(chart => chart.clientWidth > 200).length,
  })
}</script>"""


def chromium(page: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Open a page in a browser; what its console says comes on stderr."""
    assert CHROMIUM
    common = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    profile = f"--user-data-dir={page.parent / 'profile'}"
    return subprocess.run(
        [CHROMIUM, *common, profile, *flags, page.as_uri()],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )


@pytest.mark.parametrize("width", [320, 1280])
def test_a_browser_shows_the_page_and_complains_of_nothing(folder: Path, width: int) -> None:
    text = (folder / "page.html").read_text(encoding="utf-8")
    inside = html.escape(text, quote=True)
    frame = folder / f"frame{width}.html"
    frame.write_text(
        MEASURE.replace("WIDTH", str(width)).replace("PAGE", inside), encoding="utf-8"
    )
    done = chromium(frame, "--dump-dom")
    assert "CONSOLE" not in done.stderr, done.stderr
    found = json.loads(html.unescape(re.findall("<title>(.*?)</title>", done.stdout)[0]))
    # The page itself does not scroll sideways: only tables do, each in its own box.
    assert found["wide"] <= width
    assert found["pictures"] == text.count("data:image/png")
    assert found["charts"] == text.count("<svg ")


def test_a_browser_prints_the_page(folder: Path) -> None:
    out = folder / "page.pdf"
    done = chromium(folder / "page.html", f"--print-to-pdf={out}")
    assert "CONSOLE" not in done.stderr, done.stderr
    assert out.read_bytes().startswith(b"%PDF")
