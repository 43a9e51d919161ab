"""What is collected of each network, and what is refused."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien.classes import FER2013
from mien.errors import DataError
from mien.evaluation import score
from mien.evaluation.results import Robustness, Scores
from mien.models import read_info
from mien.report.inputs import NetworkResults, TrainingRun, collect, join, read_run
from mien.settings import load
from mien.training import Run


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


def run(name: str, weights: str | None = None, folder: str = "runs") -> TrainingRun:
    return TrainingRun(name, (), None, {}, weights, Path(folder) / name)


def unfinished(folder: Path, name: str, weights: bytes) -> Path:
    """Make a run folder with some weights in it; return their folder."""
    made = Run.create(load(environment=False, train={"out": folder, "name": name}))
    made.best.write_bytes(weights)
    return made.folder


def test_what_is_known_of_one_network_is_joined(tmp_path: Path) -> None:
    weights = hashlib.sha256(b"of b").hexdigest()
    b = scores("b", robustness=corrupted("b"), sha256="b" * 64, weights_sha256=weights)
    files = [
        written(tmp_path / "rob.json", corrupted("a") | {"sha256": "a" * 64}),
        written(tmp_path / "both.json", [scores("a", sha256="a" * 64), b]),
    ]
    # The name of a run's folder proves nothing: its weights do.
    folders = [unfinished(tmp_path, "exported-as-b", b"of b"), unfinished(tmp_path, "c", b"of c")]
    said: list[str] = []
    networks = collect([*files, *map(str, folders)], said.append)
    assert [network.name for network in networks] == ["a", "b", "c"]
    assert [bool(network.scores) for network in networks] == [True, True, False]
    assert [bool(network.robustness) for network in networks] == [True, True, False]
    assert [network.run and network.run.name for network in networks] == [
        None, "exported-as-b", "c",
    ]  # fmt: skip
    assert networks[0].file == tmp_path / "both.json"
    assert networks[0].split == "PublicTest"
    assert networks[2].split == "the scored faces"
    # Nobody knows what a was exported from.
    assert said == [networks[2].note]


def test_a_run_of_the_same_name_is_not_joined() -> None:
    measured = Scores.model_validate(scores("lobonet", sha256="1" * 64, weights_sha256="2" * 64))
    network, other = join([(None, measured)], [run("lobonet", "3" * 64)])
    assert (network.name, other.name) == ("lobonet (11111111)", "lobonet (run)")
    assert (network.run, other.scores) == (None, None)
    assert (network.net, other.net) == ("lobonet", "lobonet")
    assert other.note == (
        "The run lobonet is not what the network of that name was exported from: their weights"
        " differ, so they are shown apart."
    )


def test_scores_of_a_shipped_network_are_not_measured_again() -> None:
    shipped = read_info("lobonet").sha256
    measured = Scores.model_validate(scores("lobonet", sha256=shipped))
    network, other = join([(None, measured)], [run("lobonet", "3" * 64)])
    assert (network.run, other.scores) == (None, None)
    assert other.note.startswith("These are the scores of the shipped lobonet, not of the run")
    assert other.note.endswith("as ./lobonet.onnx.")
    # Nobody would look for it in a run of another name.
    assert join([(None, measured)], [run("mine", "3" * 64)])[1].note == ""


@pytest.mark.parametrize(("ours", "theirs"), [(None, "3" * 64), ("3" * 64, None), (None, None)])
def test_what_may_be_the_same_is_shown_apart_with_a_sentence(
    ours: str | None, theirs: str | None
) -> None:
    measured = Scores.model_validate(scores("a", weights_sha256=ours))
    network, other = join([(Path("old.json"), measured)], [run("a", theirs)])
    assert (network.name, other.name) == ("a (old.json)", "a (run)")
    assert (network.run, network.note) == (None, "")
    assert other.note.startswith("Nothing shows whether the scores of a are those of the run a,")
    assert "Export the run and measure it again" in other.note


def test_a_run_is_shown_with_all_its_exports() -> None:
    results = [
        (None, Scores.model_validate(scores(net, sha256=digit * 64, weights_sha256="9" * 64)))
        for net, digit in (("a", "1"), ("a-int8", "2"))
    ]
    networks = join(results, [run("lobonet", "9" * 64)])
    assert [network.name for network in networks] == ["a", "a-int8"]
    assert [network.run and network.run.name for network in networks] == ["lobonet"] * 2


def test_results_themselves_are_sources() -> None:
    measured = Scores.model_validate(scores("a"))
    assert collect([measured]) == [NetworkResults("a", measured)]


def test_two_networks_of_one_name_are_told_apart() -> None:
    ours, theirs = (Scores.model_validate(scores("a", sha256=digit * 64)) for digit in "12")
    assert [network.name for network in collect([ours, theirs])] == ["a (11111111)", "a (22222222)"]
    same = Robustness.model_validate(corrupted("a") | {"sha256": "1" * 64})
    assert collect([ours, same])[0].robustness == same
    other = same.model_copy(update={"sha256": None})
    first, second = collect([ours, other])
    assert (first.robustness, second.robustness) == (None, other)
    assert second.note.startswith("The results on corrupted faces of a are shown apart from its")


def test_a_network_with_flip_tta_is_an_entry_of_its_own() -> None:
    plain = Scores.model_validate(scores("a", sha256="1" * 64))
    flipped = Scores.model_validate(scores("a with flip TTA", sha256="1" * 64))
    corrupt = Robustness.model_validate(corrupted("a with flip TTA") | {"sha256": "1" * 64})
    networks = collect([plain, flipped, corrupt])
    assert [network.name for network in networks] == ["a", "a with flip TTA"]
    assert [network.robustness for network in networks] == [None, corrupt]
    with pytest.raises(DataError, match="Two sources hold scores of a with flip TTA"):
        collect([plain, flipped, flipped])


def test_one_network_on_other_faces_is_a_page_of_its_own() -> None:
    first = Scores.model_validate(scores("a", sha256="1" * 64, data_sha256="2" * 64))
    left_out = {"file": "audit.csv", "n": 12, "reasons": {}}
    for other, what in (
        (first.with_parts(split="private"), r"on 70 faces \(PrivateTest\)\."),
        (first.with_parts(excluded=left_out), r"on 70 faces \(PublicTest, 12 left out\)\."),
        (first.with_parts(data_sha256="3" * 64), r"on 70 faces \(PublicTest\) of other data\."),
    ):
        start = r"Two sources hold scores of a: on 70 faces \(PublicTest\), and "
        with pytest.raises(DataError, match=start + what) as caught:
            collect([first, other])
        assert "Make a page for each" in caught.value.fix


def test_what_is_neither_run_nor_scores_says_what_it_may_be(tmp_path: Path) -> None:
    for path in (tmp_path / "runs" / "nix", tmp_path):
        with pytest.raises(DataError, match="a JSON file of scores that mien evaluate wrote") as at:
            collect([path])
        assert "runs/lobonet" in at.value.fix


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


def test_a_run_is_named_once() -> None:
    with pytest.raises(DataError, match="The run a is named twice"):
        join([], [run("a"), run("a")])
    networks = join([], [run("a"), run("a", folder="others")])
    assert [network.name for network in networks] == ["a (runs/a)", "a (others/a)"]


def test_a_damaged_run_is_named(tmp_path: Path) -> None:
    made = Run.create(load(environment=False, train={"out": tmp_path, "name": "a"}))
    made.metrics.write_text("epoch\n1\n")
    with pytest.raises(DataError, match="Cannot use train_loss in metrics.csv of the run a"):
        read_run(made.folder)
