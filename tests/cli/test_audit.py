import csv
import json
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., tuple[int, str, str]]


def test_audit_with_votes(audit: Run, striped_zip: Path, votes: Path, tmp_path: Path) -> None:
    out = tmp_path / "new"
    code, printed, err = audit(striped_zip, "--votes", votes, "--out", out)
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
    audit: Run, striped_zip: Path, tmp_path: Path
) -> None:
    code, printed, _ = audit(striped_zip, "--out", tmp_path / "out")
    assert code == 0
    assert "Labels were not checked; name FER+'s votes with --votes, or train" in printed


def test_mistakes_are_sentences_and_code_2(
    audit: Run, striped_zip: Path, votes: Path, tmp_path: Path
) -> None:
    code, _, err = audit(striped_zip, "--votes", tmp_path / "none.csv", "--out", tmp_path / "out")
    assert code == 2
    assert "none.csv" in err
    code, _, err = audit(striped_zip, "--out", votes)
    assert code == 2
    assert "Cannot make the folder" in err
    assert "--out" in err
