"""The example of every public name runs, and prints what it says."""

import doctest
import inspect
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

import mien

NAMES = [name for name in mien.__all__ if not name.startswith("__")]


@pytest.fixture
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, striped_zip: Path) -> None:
    """Work in a folder with the files that examples name."""
    Image.fromarray(skimage.data.astronaut()).save(tmp_path / "party.jpg")
    (tmp_path / "fer2013.zip").symlink_to(striped_zip)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_place")
@pytest.mark.parametrize("name", ["", *NAMES])
def test_an_example_prints_what_it_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = inspect.getdoc(getattr(mien, name) if name else mien) or ""
    test = doctest.DocTestParser().get_doctest(text, {"mien": mien, "np": np}, name, None, 0)
    assert len(test.examples) > 0
    runner = doctest.DocTestRunner()
    runner.run(test)
    assert runner.failures == 0, capsys.readouterr().out


def test_the_help_names_everything_public() -> None:
    assert [name for name in NAMES if f"`{name}`" not in str(mien.__doc__)] == []
