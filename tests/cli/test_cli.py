import importlib
import itertools
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from mien.cli import COMMANDS, app
from mien.cli.options import with_flags
from mien.settings import TrainSettings


def mien(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "mien", *words], capture_output=True, text=True)


def test_help_names_every_command_and_imports_none() -> None:
    code = (
        "import sys\nfrom mien.cli import main\n"
        "try: main()\n"
        "finally: print([m for m in sys.modules if m in ('numpy', 'pydantic', 'cv2', 'torch')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True
    )
    for name, summary in COMMANDS.items():
        assert f"│ {name} " in done.stdout
        assert summary in done.stdout
    assert done.stdout.endswith("[]\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_s_help_begins_with_its_summary(name: str) -> None:
    assert importlib.import_module(f"mien.cli.{name}").app is not None
    result = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert COMMANDS[name] in result.output


def test_help_fills_the_lines_of_a_narrow_terminal() -> None:
    lines = CliRunner().invoke(app, ["export", "--help"], env={"COLUMNS": "80"}).output.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(" Of two to five runs"))
    paragraph = lines[start : lines.index("".ljust(80), start)]
    words = " ".join(paragraph).split()
    assert words[-2:] == ["8", "bits."]
    for line, following in itertools.pairwise(paragraph):
        # No word that would still have fitted stands on the next line.
        assert len(line.rstrip()) + 1 + len(following.split()[0]) > 79


@pytest.mark.parametrize("name", COMMANDS)
def test_only_mien_itself_could_offer_completion(name: str) -> None:
    assert "completion" not in CliRunner().invoke(app, [name, "--help"]).output


def test_a_user_s_mistake_is_one_sentence_and_exit_code_2() -> None:
    done = mien("train", "--data", "nowhere.zip")
    assert done.returncode == 2
    assert done.stderr.startswith("mien: ")
    assert "nowhere.zip" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_exit_code_2() -> None:
    done = mien("dettect")
    assert done.returncode == 2
    assert "dettect" in done.stderr


def test_flags_are_the_settings_own() -> None:
    seen = {}
    made = typer.Typer()

    @made.command()
    @with_flags(TrainSettings)
    def command(word: str, *, flags: dict[str, object]) -> None:
        seen.update(flags, word=word)

    words = ["a", "--epochs", "3", "--no-flip", "--schedule", "one-cycle", "--out", "b"]
    result = CliRunner().invoke(made, words)
    assert result.exit_code == 0, result.output
    given = {key: value for key, value in seen.items() if value is not None}
    assert given == {
        "word": "a",
        "epochs": 3,
        "flip": False,
        "schedule": "one-cycle",
        "out": Path("b"),
    }
    assert set(seen) == {*TrainSettings.model_fields, "word"}


def test_a_flag_out_of_its_choices_is_refused() -> None:
    done = mien("train", "--schedule", "cosine")
    assert done.returncode == 2
    assert "cosine" in done.stderr
