"""The README says what is so."""

import doctest
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import skimage.data
from PIL import Image
from typer.testing import CliRunner

import mien
from mien.cli import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.split("#")[0].split()[2:] for line in README.splitlines() if "$ mien " in line]


def test_the_measured_table_is_what_the_results_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    spec = importlib.util.spec_from_file_location("readme", ROOT / "benchmarks" / "readme.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert f"{module.START}\n{module.table()}\n{module.END}" in README


def test_the_first_screen_holds_what_a_newcomer_needs() -> None:
    top = "\n".join(README.splitlines()[:40])
    for needed in ("make demo", "make test", "```python", "docs/astronaut.jpg", "| network"):
        assert needed in top


def test_the_python_example_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    Image.fromarray(skimage.data.astronaut()).save(tmp_path / "party.jpg")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("happy 😄 0.")


def test_the_session_in_python_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (text,) = re.findall(r"```pycon\n(.*?)```", README, flags=re.DOTALL)
    Image.fromarray(skimage.data.astronaut()).save(tmp_path / "party.jpg")
    monkeypatch.chdir(tmp_path)
    names = {
        "mien": mien,
        "paths": ["party.jpg", "nowhere.jpg"],
        "frame": skimage.data.astronaut()[:, :, ::-1],
    }
    session = doctest.DocTestParser().get_doctest(text, names, "README", None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(session, clear_globs=False)
    assert (runner.tries, runner.failures) == (4, 0), capsys.readouterr().out
    assert session.globs["marked"].shape == (512, 512, 3)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_commands_exist_with_their_flags(words: list[str]) -> None:
    names = words[:2] if words[0] == "data" else words[:1]
    result = CliRunner().invoke(app, [*names, "--help"], env={"COLUMNS": "300"})
    assert result.exit_code == 0, result.output
    for flag in (word for word in words if word.startswith("--")):
        assert re.search(rf"{flag}\b", result.output), flag


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
