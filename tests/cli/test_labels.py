import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mien.data import Samples, read
from mien.evaluation.predictions import Predictions, read_predictions, write_predictions
from mien.training import fit

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(striped_zip: Path, tmp_path: Path) -> Path:
    """Out-of-fold predictions that find three faces happy which are called otherwise."""
    samples = read(striped_zip)
    labels = samples.labels.astype(np.intp)
    chances = np.full((140, 7), 0.02, np.float32)
    chances[np.arange(140), labels] = 0.88
    flipped = np.flatnonzero(labels != 3)[:3]
    chances[flipped] = 0.01
    chances[flipped, 3] = 0.94
    path = tmp_path / "said.parquet"
    write_predictions(path, Predictions.of("mynet", chances, samples))
    return path


def label_errors(out: Path) -> list[dict[str, str]]:
    with (out / "audit.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["reason"] == "label_error"]


def test_probabilities_made_elsewhere(
    audit: Run, striped_zip: Path, said: Path, votes: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, printed, err = audit(striped_zip, "--probabilities", said, "--votes", votes, "--out", out)
    assert (code, err) == (0, "")
    rows = label_errors(out)
    assert len(rows) == 3
    assert {(row["suggested"], row["probability"]) for row in rows} == {("happy", "0.9400")}
    assert all(row["label"] != "happy" for row in rows)
    counts = json.loads((out / "audit.json").read_text())["label_errors"]
    assert counts["made_by"] == "mynet in said.parquet, which is trusted to be out-of-fold"
    assert counts["accuracy"] == 137 / 140
    # Ten of ten see happiness: in 3 of 3 that were found, and in 20 of 140 as their label.
    found, everyone = counts["votes"]["found"], counts["votes"]["all"]
    assert (found["n"], found["suggested"], found["given"]) == (3, 1.0, 0.0)
    assert (everyone["n"], everyone["given"]) == (140, 20 / 140)
    assert "that vote is the suggested class on 100.0%" in printed
    assert "Labels were not checked" not in printed


def test_folds(
    audit: Run,
    clouded_zip: Path,
    clouded: Samples,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config, out = tmp_path / "light.toml", tmp_path / "out"
    config.write_text('[train]\nnet = "plain"\nepochs = 1\nbatch_size = 15\n')
    arguments = (clouded_zip, "--folds", 2, "--config", config, "--out", out)
    code, printed, _ = audit(*arguments)
    assert code == 0
    assert (out / "fold-2" / "card.json").is_file()
    kept = read_predictions(out / "out-of-fold.parquet")
    assert (kept.net, len(kept.names)) == ("plain of 2 folds", 140)
    assert f"--probabilities {out / 'out-of-fold.parquet'}" in printed
    assert "2 networks plain that each learned from the other folds" in printed
    first = label_errors(out)

    def no_training(*_: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(fit.lightning.Trainer, "fit", no_training)
    assert audit(*arguments)[0] == 0
    assert label_errors(out) == first
    # What was kept gives the same list.
    other = tmp_path / "other"
    kept_file = out / "out-of-fold.parquet"
    assert audit(clouded_zip, "--probabilities", kept_file, "--out", other)[0] == 0
    assert label_errors(other) == first


def test_mistakes_are_sentences_and_code_2(
    audit: Run, striped_zip: Path, clouded_zip: Path, said: Path, votes: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    def refused(*arguments: object) -> str:
        code, _, err = audit(*arguments, "--out", out)
        assert code == 2
        assert err.count("\n") == 1
        return err

    both = refused(striped_zip, "--folds", 2, "--probabilities", said)
    assert "--probabilities names a file of them. Leave one of them out." in both
    assert "'audit.folds' is 1" in refused(striped_zip, "--folds", 1)
    assert "none.parquet: No such file" in refused(
        striped_zip, "--probabilities", tmp_path / "none.parquet"
    )
    assert "Cannot read predictions" in refused(striped_zip, "--probabilities", votes)
    assert "other pixels for 140 of 140 faces" in refused(clouded_zip, "--probabilities", said)
    assert "at least 15 different faces of each class for 15 folds" in refused(
        striped_zip, "--folds", 15
    )
    config = tmp_path / "recipe.toml"
    for key in ("exclude", "ferplus"):
        config.write_text(f'[train]\n{key} = "{votes}"\n')
        err = refused(striped_zip, "--folds", 2, "--config", config)
        assert f"--folds does not go with {key} in [train]" in err


def test_a_missing_cleanlab_is_named_before_any_work(
    audit: Run, said: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cleanlab", None)
    monkeypatch.delitem(sys.modules, "cleanlab.filter", raising=False)
    code, _, err = audit(tmp_path / "none.zip", "--probabilities", said, "--out", tmp_path / "out")
    assert code == 2
    assert "pip install 'mien[audit]'" in err
    assert not (tmp_path / "out").exists()
