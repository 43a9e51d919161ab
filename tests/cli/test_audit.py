import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mien.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `mien data audit` with arguments; give exit code, stdout and stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mien", "data", "audit", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "100")
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    """All ten taggers see happiness in each of the 140 faces."""
    path = tmp_path / "votes.csv"
    header = (
        "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    )
    usages = ["Training"] * 105 + ["PublicTest"] * 35
    rows = [f"{usage},x.png,0,10,0,0,0,0,0,0,0,0" for usage in usages]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_audit_with_votes(run: Run, striped_zip: Path, votes: Path, tmp_path: Path) -> None:
    out = tmp_path / "new"
    code, printed, err = run(striped_zip, "--votes", votes, "--out", out)
    assert (code, err) == (0, "")
    counts = json.loads((out / "audit.json").read_text())
    # Six of the seven classes, 15 + 5 faces each.
    assert counts["reasons"]["no_vote"] == {"faces": 120, "by_split": {"train": 90, "public": 30}}
    (row,) = (line for line in printed.splitlines() if "no vote" in line)
    assert row.replace("│", " ").split() == ["no", "vote", "90", "30", "120"]
    with (out / "audit.csv").open() as file:
        rows = [each for each in csv.DictReader(file) if each["reason"] == "no_vote"]
    assert len(rows) == 120
    assert all(each["label"] != "happy" for each in rows)
    for name in ("audit.csv", "audit.json", "audit.html"):
        assert str(out / name) in printed


def test_without_votes_the_labels_are_not_checked(
    run: Run, striped_zip: Path, tmp_path: Path
) -> None:
    code, printed, _ = run(striped_zip, "--out", tmp_path / "out")
    assert code == 0
    assert "Labels were not checked; name FER+'s votes with --votes, or train" in printed


def test_mistakes_are_sentences_and_code_2(
    run: Run, striped_zip: Path, votes: Path, tmp_path: Path
) -> None:
    code, _, err = run(striped_zip, "--votes", tmp_path / "none.csv", "--out", tmp_path / "out")
    assert code == 2
    assert "none.csv" in err
    code, _, err = run(striped_zip, "--out", votes)
    assert code == 2
    assert "Cannot make the folder" in err
    assert "--out" in err
