"""The commands that pages show are ones that mien knows, and reproduce what made the page."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mien.cli.commands import find_command
from mien.export import networks
from mien.models import read_info
from mien.report import commands
from mien.settings import load


def settings(**sections: Any) -> Any:
    return load(environment=False, **sections)


def everything() -> Iterator[str]:
    """Yield a command of each kind, with every flag that it can have."""
    for addition in commands.ADDITIONS:
        yield commands.evaluate_command("lobonet", "public", addition, predictions=True)
    yield from commands.export_commands("run", "runs/a", "faces.zip")
    yield commands.add_faces_command("a-scores.json", "faces.zip")
    yield commands.SHEET
    yield commands.EXPLAIN
    yield commands.report_command(["runs/a", "a.json"], "data.zip", "A title", "b.html", True)
    audit = {"votes": Path("v.csv"), "folds": 5, "probabilities": Path("p"), "out": Path("o")}
    yield commands.audit_command(settings(data=Path("d"), skip_bad=True, audit=audit))
    study = {"out": Path("s"), "subset": 0.1, "epochs": 3, "tuned": Path("t.toml"), "seeds": 2}
    study |= {"ablate": "all", "precision": "bfloat16", "faces": False}
    yield commands.study_command(settings(data=Path("d"), skip_bad=True, study=study))


@pytest.mark.parametrize("line", list(everything()))
def test_the_command_line_takes_it(line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "mien"
    command: Any = find_command(words.pop(0))
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    # Unknown flags, values of another kind and words too many end in an error.
    assert command.make_context("mien", words).params


def test_a_report_names_all_that_made_it() -> None:
    line = commands.report_command(["runs/a b", "it's.json"], "data/x.zip", "A & B", "o.html", True)
    assert line == (
        "mien report 'runs/a b' 'it'\"'\"'s.json' --data data/x.zip --title 'A & B' --out o.html"
        " --skip-bad"
    )
    assert commands.report_command(["a.json"], None, None, "report.html", False) == (
        "mien report a.json"
    )


def test_an_audit_names_all_that_made_it() -> None:
    given = settings(data=Path("faces"), audit={"votes": Path("v.csv"), "folds": 5})
    assert commands.audit_command(given) == "mien data audit faces --votes v.csv --folds 5"


def test_a_study_names_all_that_made_it() -> None:
    assert commands.study_command(settings(data=Path("a/b.zip"))) == "mien study --data a/b.zip"
    study = {"out": Path("/x/s"), "subset": 0.9, "epochs": 1, "tuned": Path("/y/best.toml")}
    study |= {"ablate": "dropout", "faces": False}
    assert commands.study_command(settings(data=Path("/z/b.zip"), study=study)) == (
        "mien study --data b.zip --out s --subset 0.9 --epochs 1 --tuned best.toml"
        " --ablate dropout --no-faces"
    )


def test_a_shipped_network_is_one_by_its_content() -> None:
    assert commands.is_shipped("lobonet", read_info("lobonet").sha256)
    assert not commands.is_shipped("lobonet", "1" * 64)
    assert not commands.is_shipped("mine", read_info("lobonet").sha256)
    # Files of earlier versions have the name alone.
    assert (commands.is_shipped("lobonet", None), commands.is_shipped("a", None)) == (True, False)


def test_a_network_is_measured_again_on_the_same_split() -> None:
    assert commands.evaluate_command("lobonet", "public", "corruptions", shipped=True) == (
        "mien evaluate DATA --net lobonet --split public --corrupt all --json lobonet-scores.json"
    )
    assert commands.evaluate_command("a", shipped=True, predictions=True, flip_tta=True) == (
        "mien evaluate DATA --net a --flip-tta --json a-flip-tta-scores.json"
        " --predictions a-flip-tta.parquet"
    )
    # A run may be called as a shipped network is.
    assert commands.export_commands("lobonet", "runs/lobonet", "my faces.zip") == (
        "mien export runs/lobonet --name lobonet",
        "mien evaluate 'my faces.zip' --net lobonet.onnx --json lobonet-scores.json",
        "mien report runs/lobonet lobonet-scores.json",
    )
    # One that is not shipped is a file, whose JSON file the scores must not replace.
    assert commands.evaluate_command("my net") == (
        "mien evaluate DATA --net 'my net.onnx' --json 'my net-scores.json'"
    )


@pytest.mark.parametrize(
    ("run", "name"),
    [("my run 2", "my-run-2"), ("a&b", "a-b"), ("Gesichter_ü", "Gesichter_ü"), ("...", "my-net")],
)
def test_an_export_has_a_name_that_mien_export_takes(run: str, name: str) -> None:
    line = commands.export_commands(run)[0]
    assert shlex.split(line) == ["mien", "export", "RUN", "--name", name]
    networks._check_name(name)


def test_other_folders_are_nobody_s_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert commands.shown(tmp_path / "here" / "runs" / "a") == "runs/a"
    assert commands.shown(tmp_path / "secret" / "a.json") == "a.json"
    assert commands.shown("../a.json") == "../a.json"
