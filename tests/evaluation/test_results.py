"""Results as types: their JSON reads back, and other content is refused by name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from mien.classes import FER2013, Vocabulary
from mien.errors import DataError
from mien.evaluation.results import (
    BaseScores,
    Robustness,
    Scores,
    read_results,
    to_json,
)
from mien.evaluation.scores import score

SLEEP = Vocabulary.named(["tired", "yawning", "awake"], {"tired": "🦥"}, {"awake": (1, 2, 3)})


def scored(vocabulary: Vocabulary = FER2013) -> BaseScores:
    random = np.random.default_rng(0)
    count = len(vocabulary)
    labels = (np.arange(10 * count) % count).astype(np.int8)
    probabilities = random.dirichlet(np.ones(count), len(labels)).astype(np.float32)
    return score(probabilities, labels, vocabulary)


def content(**more: Any) -> dict[str, Any]:
    """Return the JSON of scores of a network called a."""
    scores = Scores.of(scored(), "a", split="public", **more)
    parsed: dict[str, Any] = json.loads(scores.to_json())
    return parsed


def robustness(**more: Any) -> dict[str, Any]:
    cell = {"accuracy": 0.5, "interval": [0.4, 0.6], "macro_f1": 0.5}
    return {
        "net": "a",
        "n": 70,
        "seed": 0,
        "severities": [1],
        "clean": cell,
        "corruptions": {"blur": {"mean_accuracy": 0.5, "severities": {"1": cell}}},
        "mean_corruption_accuracy": 0.5,
        "mean_corruption_macro_f1": 0.5,
        **more,
    }


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("vocabulary", [FER2013, SLEEP])
def test_scores_read_back_from_their_json(vocabulary: Vocabulary, tmp_path: Path) -> None:
    scores = Scores.of(scored(vocabulary), "a", sha256="f" * 64, split="test")
    read = Scores.from_file(written(tmp_path / "a.json", scores.to_json()))
    assert read == scores
    assert read.classes == vocabulary
    assert list(read.recall) == list(vocabulary.names)
    assert read.to_json() == scores.to_json()


def test_results_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        scored().accuracy = 1.0  # type: ignore[misc]


def test_only_what_was_measured_is_written() -> None:
    assert {"votes", "groups", "unique", "robustness", "sha256"}.isdisjoint(content())
    assert content()["recall"].keys() == set(FER2013.names)


def test_files_of_older_versions_are_read(tmp_path: Path) -> None:
    old = content()
    del old["classes"]
    read = Scores.from_file(written(tmp_path / "a.json", json.dumps(old)))
    assert read.classes == FER2013
    assert read.sha256 is None
    assert json.loads(read.to_json()) == old


def test_keys_may_be_sorted(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", json.dumps(content(), sort_keys=True))
    read = Scores.from_file(path)
    assert list(read.recall) == list(read.interval.f1) == list(FER2013.names)


def test_several_networks_are_read_in_order(tmp_path: Path) -> None:
    both = [Scores.of(scored(), "a"), Scores.of(scored(SLEEP), "b")]
    path = written(tmp_path / "both.json", to_json(both))
    assert read_results(path) == both
    with pytest.raises(DataError, match="the scores of one network in .*both.json, got others"):
        Scores.from_file(path)


def test_robustness_is_told_from_scores(tmp_path: Path) -> None:
    (read,) = read_results(written(tmp_path / "a.json", json.dumps(robustness())))
    assert isinstance(read, Robustness)
    assert read.corruptions["blur"].severities[1].accuracy == 0.5
    assert json.loads(read.to_json()) == robustness()


# what stands in the file, what the message must hold
WRONG = [
    ("{", "Expected scores as JSON in .*a.json, got something else"),
    ("[" * 100_000, "Expected scores as JSON"),
    ("[]", "holds no scores, but an empty list"),
    ("3", "Expected scores of mien evaluate in .*a.json, got other JSON"),
    ({"boxes": 1, "apples": 2}, "got JSON with the keys apples, boxes"),
    ({"net": "a", "accuracy": 1, "confusion": []}, "Cannot use n in .*a.json: Field required"),
    (content() | {"accuracy": 1.5}, "Cannot use accuracy in .*: .*less than or equal to 1"),
    (content() | {"ece": float("nan")}, "Cannot use ece in"),
    (content() | {"confusion": [[0] * 7] * 6}, "Cannot use confusion in .*: Expected 7 rows of 7"),
    (content() | {"recall": {"angry": 1}}, "Cannot use recall in .*: Expected the keys angry, dis"),
    (content() | {"classes": SLEEP.to_list()}, "Cannot use recall in .*: Expected the keys tired"),
    (content() | {"classes": [{"name": "a"}]}, "Cannot use classes in .*: Expected 2 to 100"),
    (content() | {"classes": "angry"}, "Cannot use classes in .*: Expected a list of classes"),
    (content() | {"votes": {"n": 3}}, "Cannot use votes.accuracy in"),
    (robustness(severities=[1, 2]), r"Expected \[1, 2\] as the severities of blur"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG)
def test_other_content_is_one_sentence(tmp_path: Path, wrong: Any, message: str) -> None:
    text = wrong if isinstance(wrong, str) else json.dumps(wrong)
    with pytest.raises(DataError, match=message) as caught:
        read_results(written(tmp_path / "a.json", text))
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Cannot read .*none.json: No such file"):
        read_results(tmp_path / "none.json")
    path = tmp_path / "a.json"
    path.write_bytes(b"\xff\xfe{")
    with pytest.raises(DataError, match="Expected scores as JSON"):
        read_results(path)


def test_probabilities_that_are_rounded_up_are_no_reason_to_refuse() -> None:
    # As in a Parquet file of another program; wrong on every face, so that the error is over 1.
    probabilities = np.zeros((4, 7), np.float32)
    probabilities[:, 0] = 1.001
    scores = score(probabilities, np.array([1, 2, 3, 4], np.int8), FER2013)
    assert scores.ece == pytest.approx(1.001)
    assert scores.reliability is not None
    assert scores.reliability[-1].confidence == pytest.approx(1.001)
    assert BaseScores.model_validate(json.loads(scores.to_json())) == scores
