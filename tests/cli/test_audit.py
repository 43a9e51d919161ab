import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mien.data import read
from mien.evaluation.predictions import Predictions, write_predictions

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
    rows = {line[:16].strip(): line[16:].split() for line in printed.splitlines()}
    assert rows["no vote"] == rows["label error"] == ["not", "looked", "for"]
    assert set(rows["blank"]) == {"0"}


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


@pytest.fixture
def predictions(striped_zip: Path, tmp_path: Path) -> Path:
    """Out-of-fold predictions that find three faces happy that are labelled otherwise."""
    samples = read(striped_zip)
    labels = samples.labels.astype(np.intp)
    chances = np.full((140, 7), 0.02, np.float32)
    chances[np.arange(140), labels] = 0.88
    flipped = np.flatnonzero(labels != 3)[:3]
    chances[flipped] = 0.01
    chances[flipped, 3] = 0.94
    path = tmp_path / "mine.parquet"
    write_predictions(path, Predictions.of("mynet", chances, samples))
    return path


def test_probabilities_of_other_networks(
    audit: Run, striped_zip: Path, predictions: Path, votes: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = (striped_zip, "--probabilities", predictions, "--out", out)
    code, printed, err = audit(*arguments, "--votes", votes)
    assert (code, err) == (0, "")
    # Ten of ten see happiness.
    assert "it is the suggested class for 100.0%" in printed
    assert "Labels were not checked" not in printed
    assert "--votes" not in printed
    assert "FER+'s votes (--votes) would show how often" in audit(*arguments)[1]


def test_settings_that_do_not_fit_are_sentences_and_code_2(
    audit: Run, striped_zip: Path, clouded_zip: Path, predictions: Path, votes: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    def refused(*arguments: object) -> str:
        code, _, err = audit(*arguments, "--out", out)
        assert code == 2
        assert err.count("\n") == 1
        return err

    both = refused(striped_zip, "--folds", 2, "--probabilities", predictions)
    assert "probabilities names a file of them. Leave one of them out. (Flag: --folds.)" in both
    assert "'audit.folds' is 1" in refused(striped_zip, "--folds", 1)
    assert "none.parquet: No such file" in refused(
        striped_zip, "--probabilities", tmp_path / "none.parquet"
    )
    assert "Expected predictions as Parquet in" in refused(striped_zip, "--probabilities", votes)
    other = refused(clouded_zip, "--probabilities", predictions)
    assert "other pixels for 140 of 140 faces" in other
    assert "at least 15 different faces of each class for 15 folds" in refused(
        striped_zip, "--folds", 15
    )
    config = tmp_path / "recipe.toml"
    for key in ("exclude", "ferplus"):
        config.write_text(f'[train]\n{key} = "{votes}"\n')
        err = refused(striped_zip, "--folds", 2, "--config", config)
        assert f"An audit by folds cannot use {key} in [train]" in err
