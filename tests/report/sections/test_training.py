import pytest

from mien.classes import Vocabulary
from mien.models.info import FER2013_INPUT
from mien.report.inputs import NetworkResults, TrainingRun
from mien.report.sections.training import data, training
from mien.training.record import Epoch, RunRecord

CLASSES = Vocabulary.named(("awake", "tired"))
EPOCHS = tuple(
    Epoch(
        epoch=epoch, train_loss=2 / epoch, train_accuracy=epoch / 10, val_loss=1.5 / epoch,
        val_accuracy=epoch / 5, seconds=2400.0,
    )
    for epoch in (1, 2, 3)
)  # fmt: skip


@pytest.fixture
def record() -> RunRecord:
    return RunRecord.model_validate(
        {
            "architecture": "plain", "parameters": 1234, "macs": 5678, "seeds": [0],
            "classes": CLASSES.to_list(), "input": FER2013_INPUT.to_dict(),
            "selection": "the validation faces", "validation": {"split": "validation"},
            "data": {
                "name": "sleepy", "sha256": "d" * 64,
                "train": {"awake": 30, "tired": 20}, "validation": {"awake": 3, "tired": 2},
            },
            "recipe": {"flip": True, "commit": "c" * 40 + "-dirty", "teacher": None},
            "best": {"epoch": 2, "val_loss": 0.75, "val_accuracy": 0.4},
        }
    )  # fmt: skip


def network(record: RunRecord | None) -> NetworkResults:
    recipe = record.recipe if record else {}
    return NetworkResults("a", run=TrainingRun("a", EPOCHS, record, recipe))


def test_a_finished_run_says_what_was_kept(record: RunRecord) -> None:
    html = training(network(record))
    assert html is not None
    assert 'trained for <data value="3">3</data> epochs in 2 h 0 min.' in html
    assert 'Epoch <data value="2">2</data> was the best' in html
    assert "its weights were kept (the validation faces)." in html
    assert ">best: 2</text>" in html
    assert "<dt>flip</dt><dd>yes</dd>" in html
    # A commit is shortened, and what was not set is left out.
    assert f"<dd>{'c' * 12}-dirty</dd>" in html
    assert "teacher" not in html


def test_an_unfinished_run_has_no_best_epoch() -> None:
    html = training(network(None))
    assert html is not None
    assert "no best epoch has been chosen yet" in html
    assert "best:" not in html


def test_the_data_of_a_run_is_counted_by_its_own_classes(record: RunRecord) -> None:
    html = data(network(record))
    assert html is not None
    assert '<th scope="row">tired</th><td><data value="20">20</data></td>' in html
    assert '<b>all</b></th><td><data value="50">50</data></td><td><data value="5">5</data>' in html
    assert "training data (sleepy) " + "d" * 64 in html
    assert "it has not been measured" in html


def test_without_a_run_there_is_no_section() -> None:
    assert training(NetworkResults("a")) is None
    assert data(NetworkResults("a")) is None
