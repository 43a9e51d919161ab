"""What is collected of each network, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien.classes import FER2013, Vocabulary
from mien.errors import DataError
from mien.evaluation import score
from mien.evaluation.results import Robustness, Scores
from mien.models.info import FER2013_INPUT
from mien.report.inputs import NetworkResults, TrainingRun, collect, join, read_run
from mien.settings import load
from mien.training import Run
from mien.training.record import RunRecord


def scores(net: str, **more: Any) -> dict[str, Any]:
    random = np.random.default_rng(0)
    labels = (np.arange(70) % 7).astype(np.int8)
    probabilities = random.dirichlet(np.ones(7), 70).astype(np.float32)
    measured = Scores.of(score(probabilities, labels, FER2013), net, split="public", **more)
    content: dict[str, Any] = json.loads(measured.to_json())
    return content


def corrupted(net: str) -> dict[str, Any]:
    cell = {"accuracy": 0.5, "interval": [0.4, 0.6], "macro_f1": 0.5}
    return {
        "net": net,
        "n": 70,
        "seed": 0,
        "severities": [1],
        "clean": cell,
        "corruptions": {"blur": {"mean_accuracy": 0.5, "severities": {"1": cell}}},
        "mean_corruption_accuracy": 0.5,
        "mean_corruption_macro_f1": 0.5,
    }


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def run(name: str) -> TrainingRun:
    return TrainingRun(name, (), None, {})


def test_what_is_known_of_one_network_is_joined(tmp_path: Path) -> None:
    files = [
        written(tmp_path / "rob.json", corrupted("a")),
        written(tmp_path / "both.json", [scores("a"), scores("b", robustness=corrupted("b"))]),
    ]
    folders = []
    for name in ("b", "c"):
        made = Run.create(load(environment=False, train={"out": tmp_path, "name": name}))
        folders.append(made.folder)
    networks = collect([*files, *map(str, folders)])
    assert [network.name for network in networks] == ["a", "b", "c"]
    assert [bool(network.scores) for network in networks] == [True, True, False]
    assert [bool(network.robustness) for network in networks] == [True, True, False]
    assert [bool(network.run) for network in networks] == [False, True, True]
    assert networks[0].folder == tmp_path
    assert networks[0].split == "PublicTest"
    assert networks[2].split == "the scored faces"


def test_results_themselves_are_sources() -> None:
    measured = Scores.model_validate(scores("a"))
    assert collect([measured]) == [NetworkResults("a", measured)]


def test_two_networks_of_one_name_are_refused() -> None:
    ours, theirs = (Scores.model_validate(scores("a", sha256=digit * 64)) for digit in "12")
    message = "results of a are of another network of that name, with the SHA-256 222222222222"
    with pytest.raises(DataError, match=message):
        collect([ours, theirs])
    other = Robustness.model_validate(corrupted("a") | {"sha256": "3" * 64})
    with pytest.raises(DataError, match="of another network of that name"):
        collect([ours, other])
    same = other.model_copy(update={"sha256": "1" * 64})
    assert collect([ours, same])[0].robustness == same


def test_a_run_for_other_classes_is_refused() -> None:
    measured = Scores.model_validate(scores("a"))
    record = RunRecord.model_validate(
        {
            "architecture": "plain", "parameters": 1, "macs": 1, "recipe": {}, "seeds": [0],
            "classes": Vocabulary.named(("awake", "tired")).to_list(),
            "input": FER2013_INPUT.to_dict(), "selection": "s", "validation": {"split": "train"},
            "data": {"name": "d", "sha256": "0" * 64, "train": {}, "validation": {}},
            "best": {"epoch": 1, "val_loss": 1.0, "val_accuracy": 0.5},
        }
    )  # fmt: skip
    with pytest.raises(DataError, match="run a was trained for awake and tired, but the scores"):
        join([(None, measured)], [TrainingRun("a", (), record, {})])


def test_numbers_stay_what_they_are(tmp_path: Path) -> None:
    made = scores("a")
    (found,) = collect([written(tmp_path / "a.json", made)])
    assert found.scores is not None
    assert found.scores.accuracy == made["accuracy"]
    assert found.scores.interval.recall["fear"] == tuple(made["interval"]["recall"]["fear"])
    assert [list(row) for row in found.scores.confusion] == made["confusion"]


def test_keys_may_be_sorted(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(scores("a"), sort_keys=True))
    (found,) = collect([path])
    assert found.scores is not None
    assert list(found.scores.recall) == list(scores("a")["recall"])


# what stands in the file, what the message must hold
WRONG = [
    ("{", "Expected scores as JSON in .*a.json, got something else"),
    ("\udcff", "Expected scores as JSON"),
    ("[" * 100_000, "Expected scores as JSON"),
    ("[]", "holds no scores, but an empty list"),
    ("3", "Expected scores of mien evaluate in .*a.json, got other JSON"),
    ({"boxes": 1, "apples": 2}, "got JSON with the keys apples, boxes"),
    ({"net": "a", "accuracy": 1, "confusion": []}, "Cannot use n in .*a.json: Field required"),
    (scores("a") | {"accuracy": 1.5}, "Cannot use accuracy in .*a.json: .*less than or equal to 1"),
    (scores("a") | {"ece": float("nan")}, "Cannot use ece in"),
    (scores("a") | {"confusion": [[0] * 7] * 6}, "Cannot use confusion in"),
    (scores("a") | {"recall": {"angry": 1}}, "Cannot use recall in .*: Expected the keys angry"),
    (scores("a") | {"votes": {"n": 3}}, "Cannot use votes.accuracy in"),
    (corrupted("a") | {"severities": [1, 2]}, r"Expected \[1, 2\] as the severities of blur"),
    ([scores("a"), scores("a")], "Two sources hold scores of a, the second being .*a.json"),
    (
        [scores("a", robustness=corrupted("a")), corrupted("a")],
        "Two sources hold scores on corrupted faces of a",
    ),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_wrong_files_are_one_sentence(tmp_path: Path, content: Any, message: str) -> None:
    path = tmp_path / "a.json"
    if content == "\udcff":
        path.write_bytes(b"\xff\xfe{")
    else:
        written(path, content)
    with pytest.raises(DataError, match=message) as caught:
        collect([path])
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Cannot read .*none.json: No such file"):
        collect([tmp_path / "none.json"])


def test_two_runs_of_one_name_are_refused() -> None:
    with pytest.raises(DataError, match="Two sources are runs of a"):
        join([], [run("a"), run("a")])


def test_a_damaged_run_is_named(tmp_path: Path) -> None:
    made = Run.create(load(environment=False, train={"out": tmp_path, "name": "a"}))
    made.metrics.write_text("epoch\n1\n")
    with pytest.raises(DataError, match="Cannot use train_loss in metrics.csv of the run a"):
        read_run(made.folder)
