import json
from pathlib import Path

import pytest

from mien.classes import FER2013
from mien.errors import TrainingError
from mien.models.info import FER2013_INPUT
from mien.training import Run
from mien.training.record import RunRecord, Validation, read_record

CONFIG = """\
data = "/data/fer2013.zip"
skip_bad = false

[train]
net = "mien-s"
out = "runs"
name = "mien-s-1"
epochs = 36
vote_weight = 0.4
teacher_weight = 0.7
teacher_temperature = 3.0
balance = 0.5
average = 0.998
votes = "/data/fer2013new.csv"
start = "/runs/mien-s-0"
"""
"""As mien wrote it before its settings were renamed."""

CARD = """\
{
  "architecture": "mien-s",
  "parameters": 1024999,
  "macs": 40000000,
  "data": {
    "name": "FER-2013",
    "sha256": "aa",
    "train": {"angry": 3995, "disgust": 436},
    "validation": {"angry": 467, "disgust": 56}
  },
  "recipe": {
    "net": "mien-s",
    "epochs": 36,
    "vote_weight": 0.4,
    "balance": 0.5,
    "average": 0.998,
    "votes": "fer2013new.csv",
    "start": "mien-s-0",
    "commit": "abc"
  },
  "seeds": [1],
  "selection": "PublicTest: the epoch with the best val_accuracy",
  "best": {"epoch": 33, "val_loss": 0.95, "val_accuracy": 0.69}
}
"""
"""As mien wrote it before run.json."""


@pytest.fixture
def old(tmp_path: Path) -> Run:
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "card.json").write_text(CARD)
    return Run.open(tmp_path)


def test_the_run_folder_of_an_earlier_version_is_read(old: Run) -> None:
    assert old.finished
    train = old.settings().train
    assert (train.ferplus, train.init_from) == (
        Path("/data/fer2013new.csv"),
        Path("/runs/mien-s-0"),
    )
    assert (train.ferplus_weight, train.logit_adjustment, train.ema_decay) == (0.4, 0.5, 0.998)
    assert (train.distill_weight, train.distill_temperature) == (0.7, 3.0)
    assert train.validation is None
    record = old.record()
    assert record.vocabulary == FER2013
    assert record.spec == FER2013_INPUT
    assert record.validation == Validation(split="public")
    assert (record.best.epoch, record.best.val_accuracy) == (33, 0.69)
    assert record.recipe == {
        "net": "mien-s",
        "epochs": 36,
        "ferplus_weight": 0.4,
        "logit_adjustment": 0.5,
        "ema_decay": 0.998,
        "ferplus": "fer2013new.csv",
        "init_from": "mien-s-0",
        "commit": "abc",
    }


def test_a_record_is_read_as_it_was_written(old: Run, tmp_path: Path) -> None:
    record = old.record()
    path = tmp_path / "run.json"
    path.write_text(record.to_json())
    assert read_record(path) == record
    assert Run(tmp_path).record_file == path
    assert set(json.loads(record.to_json())) == set(RunRecord.model_fields)


# what stands in run.json instead, what the message says
DAMAGES = [
    ("{", "is damaged: Expecting property name"),
    ("[]", "is damaged: the file: Input should be"),
    ("{}", "is damaged: architecture: Field required"),
]


@pytest.mark.parametrize(("text", "words"), DAMAGES)
def test_a_damaged_record_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(TrainingError, match=f"run.json {words}"):
        read_record(path)


def test_a_damaged_card_is_named(old: Run) -> None:
    old.record_file.write_text("[]")
    with pytest.raises(TrainingError, match="card.json is damaged: the file"):
        old.record()
    old.record_file.write_text("{}")
    with pytest.raises(TrainingError, match="card.json is damaged: architecture"):
        old.record()


def test_impossible_classes_are_damage(old: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    fields = old.record().model_dump(mode="json")
    path.write_text(json.dumps(fields | {"classes": [{"name": "a"}]}))
    with pytest.raises(TrainingError, match="run.json is damaged"):
        read_record(path)
    path.write_text(json.dumps(fields | {"input": {"height": 48}}))
    with pytest.raises(TrainingError, match="run.json is damaged: Expected an input"):
        read_record(path)


def test_near_duplicates_on_both_sides_are_admitted_in_a_sentence() -> None:
    drawn = Validation(split="train", share=0.15, seed=0)
    apart = Validation(split="train", share=0.15, seed=0, near_duplicates_apart=True)
    assert str(drawn) == str(apart) == "15% of Training, seed 0"
    assert drawn.caution == ""
    assert apart.caution.endswith("and validation scores are too high.")
    assert "some among the training faces" in apart.caution
