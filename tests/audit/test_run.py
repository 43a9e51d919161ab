"""Audits as the settings say: with networks of folds, or predictions made elsewhere."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mien.audit import Audit, audit_data, write_audit
from mien.audit.run import PREDICTIONS, made_by
from mien.data import Samples, read
from mien.errors import DataError, MissingExtraError, OutputError, SettingsError
from mien.evaluation.predictions import Predictions, read_predictions, write_predictions
from mien.models.info import InputSpec
from mien.settings import load


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


def errors_of(doubtful: Audit) -> list[tuple[int, int | None, str]]:
    return [(each.row, each.suggested, each.detail) for each in doubtful.of("label_error")]


def test_what_the_networks_learnt_from_is_said() -> None:
    train = load(environment=False, train={"net": "plain"}).train
    assert made_by(5, train) == "5 networks plain, each of which learned from the other folds"
    few = train.model_copy(update={"subset": 0.03})
    assert made_by(2, few) == "2 networks plain, each of which learned from 3% of the other folds"


def test_predictions_made_elsewhere(
    striped_zip: Path, predictions: Path, votes: Path, tmp_path: Path
) -> None:
    asked = {"probabilities": predictions, "votes": votes, "out": tmp_path / "out"}
    doubtful = audit_data(load(None, data=striped_zip, audit=asked))
    errors = doubtful.of("label_error")
    assert [(error.suggested, round(error.probability or 0, 4)) for error in errors] == [
        (3, 0.94)
    ] * 3
    assert all(doubtful.samples.labels[error.row] != 3 for error in errors)
    counts = doubtful.counts().label_errors
    assert counts is not None
    assert counts.made_by == "mynet in mine.parquet, which is trusted to be out-of-fold"
    assert counts.accuracy == 137 / 140
    # Ten of ten see happiness: in 3 of 3 that were found, and in 20 of 140 as their label.
    assert counts.votes is not None
    found, everyone = counts.votes.found, counts.votes.all
    assert (found.n, found.suggested, found.given) == (3, 1.0, 0.0)
    assert (everyone.n, everyone.given) == (140, 20 / 140)


def test_folds(
    clouded_zip: Path, clouded: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, out = tmp_path / "light.toml", tmp_path / "out"
    config.write_text('[train]\nnet = "plain"\nepochs = 1\nbatch_size = 15\n')
    settings = load(config, data=clouded_zip, audit={"folds": 2, "out": out})
    said: list[str] = []
    first = audit_data(settings, said.append)
    assert (out / "fold-2" / "run.json").is_file()
    kept = read_predictions(out / PREDICTIONS)
    assert (kept.net, len(kept.names)) == ("plain of 2 folds", 140)
    assert str(out / PREDICTIONS) in said[-1]
    assert first.label_errors is not None
    assert first.label_errors.made_by.startswith("2 networks plain, each of which learned from")

    def no_training(*_: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr("lightning.Trainer.fit", no_training)
    assert errors_of(audit_data(settings, said.append)) == errors_of(first)
    # The predictions that were kept lead to the same list.
    asked = {"probabilities": out / PREDICTIONS, "out": tmp_path / "other"}
    again = audit_data(load(None, data=clouded_zip, audit=asked))
    assert errors_of(again) == errors_of(first)


def test_a_missing_cleanlab_is_named_before_any_work(
    predictions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cleanlab", None)
    monkeypatch.delitem(sys.modules, "cleanlab.filter", raising=False)
    asked = {"probabilities": predictions, "out": tmp_path / "out"}
    with pytest.raises(MissingExtraError, match=r"pip install '.\[audit\]'"):
        audit_data(load(None, data=tmp_path / "none.zip", audit=asked))
    assert not (tmp_path / "out").exists()


def test_settings_that_contradict_each_other(
    striped_zip: Path, predictions: Path, votes: Path, tmp_path: Path
) -> None:
    asked = {"probabilities": predictions, "folds": 2, "out": tmp_path / "out"}
    with pytest.raises(SettingsError, match="Leave one of them out"):
        audit_data(load(None, data=striped_zip, audit=asked))
    with pytest.raises(OutputError, match="Cannot make the folder"):
        audit_data(load(None, data=striped_zip, audit={"out": votes}))
    with pytest.raises(SettingsError, match="No data set was named"):
        audit_data(load(None))


@pytest.mark.parametrize("name", ["audit.csv", PREDICTIONS])
def test_a_file_of_the_users_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("name\n")
    asked = {"folds": 2, "out": tmp_path}
    with pytest.raises(SettingsError, match=f"{name} exists, and is not an earlier output"):
        audit_data(load(None, data=tmp_path / "nowhere.zip", audit=asked))
    assert (tmp_path / name).read_text() == "name\n"


CLASSES = ("awake", "tired", "yawning & loud")


@pytest.fixture
def own_tree(tmp_path: Path, clouded: Samples) -> Path:
    """60 faces of three own classes at 60 x 60 in colour; one twice, with two labels."""
    folder = tmp_path / "faces"
    for row, image in enumerate(clouded.images[:60]):
        place = folder / ("test" if row % 5 == 0 else "train") / CLASSES[row % 3]
        place.mkdir(parents=True, exist_ok=True)
        colour = cv2.applyColorMap(cv2.resize(image, (60, 60)), cv2.COLORMAP_BONE)
        Image.fromarray(colour).save(place / f"{row:02}.png")
        if row == 4:
            Image.fromarray(colour).save(folder / "train" / CLASSES[2] / "copy.png")
    return folder


def test_own_classes_with_predictions(own_tree: Path, tmp_path: Path) -> None:
    samples = read(own_tree, spec=InputSpec(60, 60, "RGB"))
    rows = np.arange(len(samples))
    probabilities = np.full((len(samples), 3), 0.05, np.float32)
    probabilities[rows, samples.labels] = 0.9
    probabilities[7] = 0.02
    probabilities[7, (samples.labels[7] + 1) % 3] = 0.96
    path = tmp_path / "own.parquet"
    write_predictions(path, Predictions.of("own", probabilities, samples))
    out = tmp_path / "out"
    doubtful = audit_data(load(None, data=own_tree, audit={"probabilities": path, "out": out}))
    assert doubtful.samples.images.shape == (61, 60, 60, 3)
    ((row, suggested, detail),) = errors_of(doubtful)
    assert (row, suggested) == (7, (samples.labels[7] + 1) % 3)
    assert detail.startswith(f"0.96 for {CLASSES[suggested or 0]}")
    counts = doubtful.counts()
    assert counts.reasons["exact_conflict"].faces == 2
    assert counts.exact_duplicates.faces == 2
    files = write_audit(doubtful, out, "faces")
    page = files[2].read_text(encoding="utf-8")
    assert "yawning &amp; loud" in page
    assert "yawning & loud" not in page


def test_votes_are_only_for_fer2013(own_tree: Path, votes: Path, tmp_path: Path) -> None:
    asked = {"votes": votes, "out": tmp_path / "out"}
    with pytest.raises(DataError, match="votes are for FER-2013's classes, and the data has awake"):
        audit_data(load(None, data=own_tree, audit=asked))
