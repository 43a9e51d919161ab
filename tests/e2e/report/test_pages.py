"""What the pages of mien report hold besides numbers."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from mien.classes import NAMES

check_page = runpy.run_path(str(Path(__file__).parents[2] / "html_check.py"))["check_page"]


@pytest.mark.parametrize("name", ["page.html", "two.html", "run.html"])
def test_a_page_is_whole_and_needs_nothing_else(folder: Path, name: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert len(text.encode()) < 5_000_000
    check_page(text)
    assert str(folder) not in text


def test_the_gallery_holds_mistakes_of_each_class(folder: Path, scores: dict[str, Any]) -> None:
    text = (folder / "page.html").read_text(encoding="utf-8")
    for row, name in enumerate(NAMES):
        wrong = sum(scores["confusion"][row]) - scores["confusion"][row][row]
        assert text.count(f"<figcaption>{name} → ") == min(wrong, 6)


def test_what_was_not_measured_is_listed_with_its_command(folder: Path) -> None:
    left = check_page((folder / "page.html").read_text(encoding="utf-8")).text["left-out"]
    # All but the training, whose run was not named, and nothing else.
    assert "Training:mien report RUN scores.json" in left
    parts, _, own = left.partition("Made by mien")
    assert parts.count(":mien ") == 1
    assert "with mien report scores.json --data noise.zip --out page.html." in own
    two = check_page((folder / "two.html").read_text(encoding="utf-8")).text["left-out"]
    for flag in ("--votes", "--groups", "--coverage", "--corrupt", "--data"):
        assert flag in two


def test_a_run_that_was_not_measured_says_how(folder: Path) -> None:
    page = check_page((folder / "run.html").read_text(encoding="utf-8"))
    (text,) = (text for text in page.text.values() if "has not been measured yet" in text)
    (run,) = (path.name for path in (folder / "runs").iterdir())
    name = "tricky-b-bold-b"
    assert f"mien export '{run}' --name {name}" in text
    assert f"mien evaluate DATA --net {name}.onnx --json {name}-scores.json" in text
    assert f"mien report '{run}' {name}-scores.json" in text


def test_a_run_alone_shows_its_curves_and_says_what_to_do(folder: Path) -> None:
    text = (folder / "run.html").read_text(encoding="utf-8")
    assert "<h1>A &lt;run&gt;</h1>" in text
    assert text.count(">best: 3</text>") == 2
    assert "This network has not been measured yet." in text
    assert '<data value="123456">123,456</data>' in text
    for part in ("Scores", "Confusion", "Reliability"):
        assert f"<h3>{part}</h3>" not in text


def test_an_expression_is_not_a_feeling(folder: Path) -> None:
    for name in ("page.html", "two.html", "run.html"):
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count("An expression is not a feeling") == 1
