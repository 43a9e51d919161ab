import dataclasses
import hashlib
import json
import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest

from mien.classes import Vocabulary
from mien.data import Samples, read
from mien.errors import DataError, SettingsError
from mien.evaluation import Scores, compare, default_split, evaluate
from mien.evaluation.evaluate import score_crops
from mien.evaluation.predictions import read_predictions
from mien.models.info import InputSpec
from mien.perception.classifier import Classifier
from mien.perception.reader import Reader

make_net = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))["make_net"]


def test_duplicates_are_left_out_and_conflicts_counted(samples: Samples) -> None:
    test, training = samples.split("public"), samples.split("train")
    # The first three faces are in the training data too, one of them as another class.
    images, labels = training.images.copy(), training.labels.copy()
    images[:3], labels[:3] = test.images[:3], test.labels[:3]
    labels[1] = 6
    against = dataclasses.replace(training, images=images, labels=labels)
    probabilities = np.eye(7, dtype=np.float32)[test.labels]
    probabilities[3] = np.roll(probabilities[3], 1)
    scores = score_crops("net", probabilities, test, against)
    assert (scores.n, scores.n_unique, scores.conflicts) == (35, 32, 1)
    assert scores.accuracy == pytest.approx(34 / 35)
    assert scores.accuracy_unique == pytest.approx(31 / 32)
    assert scores.unique is not None
    assert scores.unique.accuracy == scores.accuracy_unique
    assert scores.unique.interval.accuracy == scores.interval.accuracy_unique
    assert scores.unique.n == 32


def test_every_face_may_be_a_duplicate(samples: Samples) -> None:
    test = samples.split("public")
    scores = score_crops("net", np.eye(7, dtype=np.float32)[test.labels], test, test)
    assert (scores.n_unique, scores.accuracy_unique, scores.unique) == (0, None, None)
    assert scores.conflicts == 0
    assert scores.interval.accuracy_unique is None


def test_every_part_that_is_asked_for_is_measured(
    striped_zip: Path, votes: Path, tmp_path: Path
) -> None:
    net = make_net(tmp_path / "tiny.onnx")
    groups = tmp_path / "groups.csv"
    groups.write_text("file,side\nPublicTest_105.png,left\nPublicTest_106.png,right\n")
    kept = tmp_path / "new" / "tiny.parquet"
    scores = evaluate(
        striped_zip, net, split="public", against=striped_zip, votes=votes, groups=groups,
        target_accuracy=0.5, coverage=[0.8], corrupt=["noise"], severities=[2], predictions=kept,
    )  # fmt: skip
    assert (scores.net, scores.split, scores.n, scores.n_unique) == ("tiny", "public", 35, 35)
    assert scores.sha256 == hashlib.sha256(net.read_bytes()).hexdigest()
    faces = read(striped_zip).split("public")
    expected = Classifier(net).probabilities(faces.images)
    right = int((expected.argmax(axis=1) == faces.labels).sum())
    assert scores.accuracy == right / 35
    assert scores.votes is not None and scores.votes.n == 35
    assert scores.groups is not None and scores.groups["side"].without_group == 33
    assert scores.selective is not None and scores.selective.target_accuracy == 0.5
    assert scores.conformal is not None and scores.conformal.sets[0].level == 0.8
    assert scores.robustness is not None and scores.robustness.severities == (2,)
    assert scores.robustness.clean.accuracy == scores.accuracy
    assert scores.predictions == str(kept)
    np.testing.assert_array_equal(read_predictions(kept).probabilities, expected)
    file = tmp_path / "scores.json"
    file.write_text(scores.to_json(), encoding="utf-8")
    assert Scores.from_file(file) == scores
    assert compare(file, kept).better is None


SLEEP = Vocabulary.named(["tired", "yawning", "awake"])


def sleep_tree(folder: Path) -> Path:
    """Draw four test faces of each class, 60 x 70 in colour."""
    random = np.random.default_rng(0)
    for name in ("awake", "tired", "yawning"):
        for number in range(4):
            path = folder / "test" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), random.integers(0, 256, (70, 60, 3)).astype(np.uint8))
    return folder


def test_a_colour_network_with_own_classes_gets_what_it_takes(tmp_path: Path) -> None:
    net = make_net(
        tmp_path / "sleep.onnx", spec=InputSpec(112, 112, "RGB"), classes=SLEEP
    )
    kept = tmp_path / "sleep.parquet"
    scores = evaluate(sleep_tree(tmp_path / "data"), net, corrupt="all", predictions=kept)
    assert (scores.n, scores.split, scores.classes) == (12, "test", SLEEP)
    assert list(scores.recall) == ["tired", "yawning", "awake"]
    assert scores.faces == {"tired": 4, "yawning": 4, "awake": 4}
    predictions = read_predictions(kept)
    assert predictions.vocabulary == SLEEP
    # Folders are read in the order of their names, and numbered as the network does.
    assert predictions.labels.tolist() == [2] * 4 + [0] * 4 + [1] * 4
    assert json.loads(scores.to_json())["classes"][0]["name"] == "tired"


def test_classes_that_the_network_does_not_know_are_refused(
    striped_zip: Path, tmp_path: Path
) -> None:
    net = make_net(tmp_path / "sleep.onnx", classes=SLEEP)
    with pytest.raises(DataError, match="faces of angry, .* tired, yawning and awake"):
        evaluate(striped_zip, net)
    with pytest.raises(DataError, match="which sleep does not know: it tells apart tired"):
        evaluate(striped_zip, net, detect=True)
    data = sleep_tree(tmp_path / "data")
    with pytest.raises(DataError, match="faces of awake"):
        evaluate(data, make_net(tmp_path / "tiny.onnx"))


def test_crops_of_another_size_are_refused(samples: Samples, tmp_path: Path) -> None:
    net = make_net(tmp_path / "wide.onnx", spec=InputSpec(64, 64, "RGB"))
    with pytest.raises(DataError, match=r"crops of 64 x 64 RGB .* wide, got arrays \[48, 48\]"):
        evaluate(samples, net)


def test_samples_and_loaded_networks_will_do(samples: Samples, tmp_path: Path) -> None:
    net = make_net(tmp_path / "tiny.onnx")
    by_path = evaluate(samples, net, split="public")
    assert evaluate(samples, Classifier(net), split="public") == by_path
    assert evaluate(samples.split("public"), net, split="all").accuracy == by_path.accuracy


def test_missed_faces_are_errors_when_detecting(tmp_path: Path) -> None:
    scores = evaluate(
        sleep_tree(tmp_path / "data"), make_net(tmp_path / "sleep.onnx", classes=SLEEP), detect=True
    )
    # There is no face in noise.
    assert scores.missed == {"tired": 4, "yawning": 4, "awake": 4}
    assert (scores.accuracy, scores.nll) == (0, None)
    assert Scores.model_validate(json.loads(scores.to_json())) == scores


def test_arguments_that_do_not_fit_together(samples: Samples, tmp_path: Path) -> None:
    net = make_net(tmp_path / "tiny.onnx")
    for argument in ("against", "votes", "groups", "exclude", "predictions"):
        with pytest.raises(SettingsError, match=f"{argument} is measured on crops"):
            evaluate("data.zip", net, detect=True, **{argument: tmp_path / "x"})
    with pytest.raises(SettingsError, match="Samples hold crops"):
        evaluate(samples, net, detect=True)
    with pytest.raises(SettingsError, match="A Reader finds the faces first"):
        evaluate(samples, Reader(net))
    with pytest.raises(SettingsError, match="A Classifier takes crops"):
        evaluate("data.zip", Classifier(net), detect=True)
    with pytest.raises(SettingsError, match="Unknown corruption 'fog'"):
        evaluate("none.zip", net, corrupt=["fog"])
    with pytest.raises(SettingsError, match="No corruption or no severity") as caught:
        evaluate("none.zip", net, corrupt="all", severities=())
    assert caught.value.setting == "severities"


@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        ({"all"}, "all"),
        ({"train", "public", "private"}, "test"),
        ({"train", "validation", "test"}, "test"),
        ({"train", "validation"}, "validation"),
        ({"train"}, "test"),
    ],
)
def test_the_split_that_is_meant(splits: set[str], expected: str) -> None:
    assert default_split(splits) == expected


def test_votes_are_for_their_own_classes_only(votes: Path, tmp_path: Path) -> None:
    data = sleep_tree(tmp_path / "data")
    with pytest.raises(DataError, match="votes are for FER-2013's classes, and the data has tired"):
        evaluate(data, make_net(tmp_path / "sleep.onnx", classes=SLEEP), votes=votes)


@pytest.mark.parametrize("column", ["label", "expression"])
def test_files_about_row_numbers_are_checked_by_labels_or_doubted(
    samples: Samples, tmp_path: Path, column: str
) -> None:
    net = make_net(tmp_path / "tiny.onnx")
    plain, right, wrong = (tmp_path / f"{name}.csv" for name in ("plain", "right", "wrong"))
    plain.write_text("file,side\nrow 110,left\nrow 111,right\n")
    names = [samples.vocabulary.names[samples.labels[row]] for row in (110, 111)]
    right.write_text(f"file,{column}\nrow 110,{names[0]}\nrow 111,{names[1]}\n")
    wrong.write_text(f"file,{column}\nrow 110,{names[1]}\nrow 111,{names[0]}\n")
    for option in ("groups", "exclude"):
        with pytest.warns(UserWarning, match="plain.csv names faces by row numbers alone"):
            evaluate(samples, net, **{option: plain})  # type: ignore[arg-type]
        evaluate(samples, net, **{option: right})  # type: ignore[arg-type]
        with pytest.raises(DataError, match="wrong.csv was made from other data") as caught:
            evaluate(samples, net, **{option: wrong})  # type: ignore[arg-type]
        assert caught.value.setting == option
