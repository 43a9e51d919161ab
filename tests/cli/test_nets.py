import dataclasses
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mien import errors
from mien.classes import Vocabulary
from mien.cli import app, nets
from mien.models import DEFAULT, read_info, zoo

WIDE = {"COLUMNS": "240"}


def row(output: str, name: str) -> list[str]:
    """Return the cells of the first row that begins with a name."""
    line = next(line for line in output.splitlines() if line.strip().startswith(f"{name} "))
    return re.split(r"\s{2,}", line.strip())


def test_nets_lists_what_is_shipped_and_what_can_be_trained() -> None:
    result = CliRunner().invoke(app, ["nets", "--no-speed"], env=WIDE)
    assert result.exit_code == 0
    assert row(result.output, DEFAULT)[0] == f"{DEFAULT} (default)"
    assert result.output.count("(default)") == 1
    # plain's parameters and multiply-adds, as tests/nets computes them by hand
    assert "1,199,495" in result.output
    assert "12,460,928" in result.output


def test_nets_shows_accuracy_size_and_members() -> None:
    output = CliRunner().invoke(app, ["nets", "--no-speed"], env=WIDE).output
    info = read_info("mien-ensemble")
    low, high = info.scores["public"]["interval"]["accuracy"]
    _, accuracy, size, *_, about = row(output, "mien-ensemble")
    assert accuracy == f"{info.scores['public']['accuracy']:.3f} ({low:.3f} to {high:.3f})"
    assert size == "11.1"
    assert about == "mien-b + mien-m"


def test_nets_measures_speed_unless_told_not_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nets, "_SECONDS", 0)
    monkeypatch.setattr(zoo, "names", lambda: ("lobonet",))
    monkeypatch.setattr("mien.models.names", lambda: ("lobonet",))
    assert "faces/s" not in CliRunner().invoke(app, ["nets", "--no-speed"], env=WIDE).output
    result = CliRunner().invoke(app, ["nets"], env=WIDE)
    assert "faces/s" in result.output
    assert int(row(result.output, "lobonet")[3].replace(",", "")) > 0


def test_nets_names_classes_unless_they_are_fer2013s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    classes = Vocabulary.named(("awake", "tired"))
    single = dict.fromkeys(("neutral", "labels", "mixing", "label_answer"))
    own = dataclasses.replace(
        read_info("lobonet"), name="own", classes=classes, scores={}, **single
    )
    (tmp_path / "own.json").write_text(own.to_json(), encoding="utf-8")
    monkeypatch.setattr(zoo, "_FOLDER", tmp_path)
    cells = row(CliRunner().invoke(app, ["nets"], env=WIDE).output, "own")
    assert cells[1] == "not measured"
    assert cells[3] == "not here"
    assert cells[-1] == "lobonet, awake and tired"


def test_nets_says_what_to_install_for_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str, extra: str) -> None:
        raise errors.MissingExtraError("No torch.", f"pip install '.[{extra}]'.")

    monkeypatch.setattr(errors, "require", missing)
    result = CliRunner().invoke(app, ["nets", "--no-speed"], env=WIDE)
    assert result.exit_code == 0
    assert "pip install '.[train]'." in result.output
