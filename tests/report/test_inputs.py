"""What is brought together of each network, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien.errors import DataError
from mien.evaluation import score
from mien.report.inputs import Training, in_words, join, read_training


def scores(net: str, **more: Any) -> dict[str, Any]:
    random = np.random.default_rng(0)
    labels = (np.arange(70) % 7).astype(np.int8)
    probabilities = random.dirichlet(np.ones(7), 70).astype(np.float32)
    return {"net": net, "split": "public", **score(probabilities, labels), **more}


def spoilt(net: str) -> dict[str, Any]:
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


def test_what_is_said_of_one_network_is_brought_together(tmp_path: Path) -> None:
    files = [
        written(tmp_path / "rob.json", spoilt("a")),
        written(tmp_path / "both.json", [scores("a"), scores("b", robustness=spoilt("b"))]),
    ]
    found = join(files, [Training("b", (), None, {}), Training("c", (), None, {})])
    assert [each.name for each in found] == ["a", "b", "c"]
    assert [bool(each.scores) for each in found] == [True, True, False]
    assert [bool(each.robustness) for each in found] == [True, True, False]
    assert [bool(each.training) for each in found] == [False, True, True]
    assert found[0].folder == tmp_path
    assert found[0].split == "PublicTest"
    assert found[2].split == "the faces that were scored"


def test_numbers_stay_what_they_are(tmp_path: Path) -> None:
    made = scores("a")
    (found,) = join([written(tmp_path / "a.json", made)], [])
    assert found.scores is not None
    assert found.scores.accuracy == made["accuracy"]
    assert found.scores.interval.recall["fear"] == tuple(made["interval"]["recall"]["fear"])
    assert [list(row) for row in found.scores.confusion] == made["confusion"]


def test_keys_may_be_sorted(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(scores("a"), sort_keys=True))
    (found,) = join([path], [])
    assert found.scores is not None
    assert list(found.scores.recall) == list(scores("a")["recall"])


# what stands in the file, what the message must hold
WRONG = [
    ("{", "Expected scores as JSON in .*a.json, got something else"),
    ("\udcff", "Expected scores as JSON"),
    ("[" * 100_000, "Expected scores as JSON"),
    ("[]", "holds no scores, but an empty list"),
    ("3", "Expected scores of mien evaluate in .*a.json, found other JSON"),
    ({"boxes": 1, "apples": 2}, "found JSON with the keys apples, boxes"),
    ({"net": "a", "accuracy": 1, "confusion": []}, "Cannot use n in .*a.json: Field required"),
    (scores("a") | {"accuracy": 1.5}, "Cannot use accuracy in .*a.json: .*less than or equal to 1"),
    (scores("a") | {"ece": float("nan")}, "Cannot use ece in"),
    (scores("a") | {"confusion": [[0] * 7] * 6}, "Cannot use confusion in"),
    (scores("a") | {"recall": {"angry": 1}}, "Cannot use recall in .*: Expected the keys angry"),
    (scores("a") | {"votes": {"n": 3}}, "Cannot use votes.accuracy in"),
    (spoilt("a") | {"severities": [1, 2]}, r"Expected \[1, 2\] as the severities of blur"),
    ([scores("a"), scores("a")], "Two inputs hold scores of a, the second being .*a.json"),
    ([scores("a", robustness=spoilt("a")), spoilt("a")], "Two inputs hold corruptions of a"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_wrong_files_are_one_sentence(tmp_path: Path, content: Any, message: str) -> None:
    path = tmp_path / "a.json"
    if content == "\udcff":
        path.write_bytes(b"\xff\xfe{")
    else:
        written(path, content)
    with pytest.raises(DataError, match=message) as caught:
        join([path], [])
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Cannot read .*none.json: No such file"):
        join([tmp_path / "none.json"], [])


def test_two_runs_of_one_name_are_refused() -> None:
    run = Training("a", (), None, {})
    with pytest.raises(DataError, match="Two inputs are runs of a"):
        join([], [run, run])


def test_a_damaged_run_is_named() -> None:
    with pytest.raises(DataError, match="Cannot use train_loss in metrics.csv of the run a"):
        read_training("a", [{"epoch": 1}], None, {})
    with pytest.raises(DataError, match="Cannot use architecture in card.json of the run a"):
        read_training("a", [], {}, {})


def test_splits_have_names() -> None:
    assert in_words("test") == "the test faces"
    assert in_words("odd") == "the split odd"
