import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mien.cli import app
from mien.doctor import Check, Examination, Section
from mien.models import names

WIDE = {"COLUMNS": "240"}


def test_a_well_machine_is_exit_code_0(tmp_path: Path) -> None:
    file = tmp_path / "doctor.json"
    words = ["doctor", "--no-camera", "--json", str(file)]
    result = CliRunner().invoke(app, words, env=WIDE)
    assert result.exit_code == 0
    for name in (*names(), "YuNet", "AVX2" if "AVX2" in result.output else "NEON", "processors"):
        assert name in result.output
    assert "Everything that is needed works." in result.output
    assert f"  -> {file}" in result.output
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["well"] is True
    assert content["doctor"]["Versions"][0]["name"] == "mien"
    # It may be written again, over itself, but not over a file of the user's.
    assert CliRunner().invoke(app, words).exit_code == 0
    file.write_text("[1]", encoding="utf-8")
    assert CliRunner().invoke(app, words).exit_code != 0
    assert file.read_text(encoding="utf-8") == "[1]"


@pytest.mark.parametrize(("state", "code"), [("note", 0), ("broken", 1)])
def test_only_what_is_broken_is_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, state: str, code: int
) -> None:
    check = Check("x [y]", "z", state, "X [y] does not work.", "Mend it.")  # type: ignore[arg-type]
    examination = Examination((Section("A", (check,)),))
    monkeypatch.setattr("mien.doctor.examine", lambda *_, **__: examination)
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == code
    assert f"  {state}   x [y]   z" in result.output
    assert "  - X [y] does not work. Mend it.\n" in result.output
    assert ("Everything that is needed works." in result.output) == (code == 0)


def test_json_on_standard_output_is_alone_there(monkeypatch: pytest.MonkeyPatch) -> None:
    examination = Examination((Section("A", (Check("x", "y"),)),))
    monkeypatch.setattr("mien.doctor.examine", lambda *_, **__: examination)
    result = CliRunner().invoke(app, ["doctor", "--json", "-"])
    assert json.loads(result.stdout)["doctor"]["A"][0]["value"] == "y"
    assert "Everything that is needed works." in result.stderr
