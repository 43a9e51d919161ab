import subprocess
from pathlib import Path

import numpy as np
import pytest

from mien.errors import DataError, MissingExtraError
from peers import environments
from peers.environments import Recipe, prepare, reason
from peers.scores import check
from peers.systems import ours, peers
from peers.table import brief, markdown, rows

SPREAD = {"median": 1200.4, "min": 1000.0, "max": 1300.0}


def scored(accuracy: float) -> dict[str, object]:
    return {
        "accuracy": accuracy,
        "accuracy_unique": None,
        "macro_f1": 0.5,
        "ece": 0.0304,
        "interval": {"accuracy": (accuracy - 0.02, accuracy + 0.02)},
    }


def test_rows() -> None:
    against = {
        "verdict": "worse",
        "difference": {"accuracy": -0.1},
        "interval": {"accuracy": (-0.12, -0.08)},
    }
    timing = {
        "faces_per_second": SPREAD,
        "one_face_ms": {"median": 1, "min": 0.5, "max": 2},
        "cold_start_s": {"median": 8, "min": 7, "max": 9.006},
        "peak_mb": 1662.4,
    }
    installed = {"megabytes": 7500.4, "packages": {"a": "1", "b": "2"}}
    x = {"scores": scored(0.7), "against_first": None, "timing": None, "installed": None}
    y = {"scores": scored(0.6), "against_first": against}
    y |= {"timing": timing, "installed": installed}
    heading, first, second = rows({"x": x, "y": y})
    assert heading[0] == "system" and "against x" in heading
    assert first == ("x", "0.700 (0.680 to 0.720)", "-", "0.500", "0.030", *["-"] * 6)
    assert second[5:] == (
        "worse: -0.100 (-0.120 to -0.080)",
        "1,200 (1,000 to 1,300)",
        "1.00 (0.50 to 2.00)",
        "8.00 (7.00 to 9.01)",
        "1,662",
        "7,500 (2)",
    )
    assert len(heading) == len(first) == len(second)


def test_brief() -> None:
    assert brief([("a (b)", "0.7 (0.6 to 0.8)", "worse: -0.1 (-0.2 to -0.0)", "x")]) == [
        ("a", "0.7", "worse: -0.1", "x")
    ]


def test_markdown() -> None:
    text = markdown("Peers", [("a", "b"), ("x|y", "1")], ["One.", "Two."], "python peers.py")
    assert text == (
        "# Peers\n\n| a | b |\n|---|---|\n| x\\|y | 1 |\n\n"
        "Made by `python peers.py`.\n\n- One.\n- Two.\n"
    )


def test_probabilities_are_checked() -> None:
    check("a", np.full((2, 7), 1 / 7, np.float32))
    for wrong in (np.full((2, 7), 0.5), np.array([[1.2, -0.2, 0, 0, 0, 0, 0]])):
        with pytest.raises(DataError, match="sum to 1 for every face in a"):
            check("a", wrong.astype(np.float32))


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A pip that installs nothing, and keeps what it was called with."""
    calls: list[list[str]] = []

    def run(words: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        calls.append(words[5:])
        if "broken" in words:
            errors = "WARNING: retrying\nERROR: No matching distribution found for broken\n"
            return subprocess.CompletedProcess(words, 1, "", errors)
        if words[5] == "install":
            Path(words[0]).parents[1].joinpath("package.py").write_bytes(bytes(2_000_000))
        listed = '[{"name": "pip", "version": "1"}, {"name": "fer", "version": "2"}]'
        return subprocess.CompletedProcess(words, 0, listed, "")

    def create(folder: Path, **_: object) -> None:
        python = folder / "bin" / "python"
        python.parent.mkdir(parents=True, exist_ok=True)
        python.write_text("")

    monkeypatch.setattr(environments.subprocess, "run", run)
    monkeypatch.setattr(environments.venv, "create", create)
    monkeypatch.setattr(environments.os, "name", "posix")
    return calls


def test_an_environment_is_made_once(pip: list[list[str]], tmp_path: Path) -> None:
    pins = tmp_path / "fer.txt"
    pins.write_text("fer==2")
    recipe = Recipe("fer", (("torch",), ("--requirement", str(pins))), (pins,))
    made = prepare(recipe, tmp_path / "cache")
    assert made.python == tmp_path / "cache" / "fer" / "bin" / "python"
    assert made.installed == {"megabytes": 2.0, "packages": {"fer": "2"}}
    assert [words[-1] for words in pip] == ["torch", str(pins), "json"]
    assert prepare(recipe, tmp_path / "cache") == made
    assert len(pip) == 3
    pins.write_text("fer==3")
    assert prepare(recipe, tmp_path / "cache").stamp != made.stamp
    assert len(pip) == 6


def test_a_change_of_sources_installs_only_the_project(
    pip: list[list[str]], tmp_path: Path
) -> None:
    source = tmp_path / "src" / "code.py"
    source.parent.mkdir()
    source.write_text("1")
    recipe = Recipe("mien", (("torch",), (str(tmp_path),)), (), (source.parent,))
    made = prepare(recipe, tmp_path / "cache")
    pip.clear()
    source.write_text("2")
    again = prepare(recipe, tmp_path / "cache")
    assert again.stamp != made.stamp and again.installed == made.installed
    assert [words[0] for words in pip] == ["install", "list"]
    assert pip[0][-3:] == ["--force-reinstall", "--no-deps", str(tmp_path)]


def test_a_package_that_cannot_be_had(pip: list[list[str]], tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError) as raised:
        prepare(Recipe("fer", (("broken",),), ()), tmp_path)
    assert str(raised.value) == (
        "pip cannot install fer: No matching distribution found for broken."
        " Look whether this machine reaches PyPI."
    )
    assert not (tmp_path / "fer").exists()


def test_why_pip_failed() -> None:
    nested = "  ERROR: No matching distribution found for hatchling.\n  [output]\nnote: see\n"
    assert reason(nested) == "No matching distribution found for hatchling"
    assert reason("Killed\n\n") == "Killed"
    assert reason("") == "it gives no reason"


def test_every_pin_is_exact() -> None:
    systems = peers()
    assert [system.name for system in systems] == ["fer", "what-the-face-classification"]
    for system in systems:
        (file,) = system.recipe.files
        lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
        assert lines and all(line.count("==") == 1 for line in lines)
    own = ours()[0].recipe
    assert all(path.exists() for path in (*own.files, *own.sources))
