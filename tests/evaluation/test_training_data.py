"""Which faces of its own training data a network was trained on."""

import dataclasses
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mien.data import Samples, read
from mien.evaluation import evaluate
from mien.evaluation.training_data import training_data
from mien.evaluation.wording import about_trained_on
from mien.models import ModelInfo
from mien.perception.classifier import Classifier
from mien.perception.reader import Reader
from mien.settings import TrainSettings
from mien.training.samples import prepare

tiny = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))


@pytest.fixture
def unsplit(clouded: Samples) -> Samples:
    """140 faces without splits."""
    return dataclasses.replace(clouded, splits=np.full(140, "all"), sha256="1" * 64)


def info_of(samples: Samples, **train: Any) -> ModelInfo:
    """Return the info of a network that was trained on the faces."""
    settings = TrainSettings(**train)
    faces = prepare(settings, samples)
    learnt = faces.split("train").subset(settings.subset, settings.seed)
    data = {
        "sha256": samples.sha256,
        "train": learnt.counts(),
        "validation": faces.split("validation").counts(),
    }
    recipe = settings.model_dump(mode="json")
    made: ModelInfo = tiny["make_info"]("net")
    return dataclasses.replace(made, data=data, recipe=recipe)


def classifier(folder: Path, info: ModelInfo) -> Classifier:
    """Return a network that guesses, with an info."""
    path: Path = tiny["make_net"](folder / "net.onnx")
    own = ModelInfo.from_file(path.with_suffix(".json"))
    info = dataclasses.replace(info, sha256=own.sha256)
    path.with_suffix(".json").write_text(info.to_json(), encoding="utf-8")
    return Classifier(path)


@pytest.mark.parametrize("share", [None, 0.3])
def test_the_drawn_faces_are_those_of_the_training(unsplit: Samples, share: float | None) -> None:
    faces = prepare(TrainSettings(validation=share), unsplit)
    known = training_data(unsplit, info_of(unsplit, validation=share))
    assert known is not None and known.learnt is not None
    assert known.samples.splits.tolist() == faces.splits.tolist()
    assert sorted(known.learnt) == sorted(faces.split("train").names.tolist())


def test_without_test_faces_the_validation_faces_are_scored(
    unsplit: Samples, tmp_path: Path
) -> None:
    net = classifier(tmp_path, info_of(unsplit))
    drawn = prepare(TrainSettings(), unsplit).split("validation")
    for split in (None, "validation"):
        scores = evaluate(unsplit, net, split=split)
        assert (scores.split, scores.n, scores.trained_on) == ("validation", len(drawn), 0)
        right = net.probabilities(drawn.images).argmax(axis=1) == drawn.labels
        assert scores.accuracy == pytest.approx(right.mean())
        assert about_trained_on(scores) == ""


def test_training_faces_are_counted(unsplit: Samples, tmp_path: Path) -> None:
    net = classifier(tmp_path, info_of(unsplit))
    learnt = sum(net.info.data["train"].values())
    scores = evaluate(unsplit, net, split="all")
    assert (scores.n, scores.trained_on) == (140, learnt)
    assert about_trained_on(scores).startswith(f"{learnt} of these 140 faces were trained on")
    scores = evaluate(unsplit, net, split="train")
    assert (scores.n, scores.trained_on) == (learnt, learnt)
    assert about_trained_on(scores).startswith(f"All {learnt} faces were trained on")
    # Data that is all Training keeps its split.
    marked = dataclasses.replace(unsplit, splits=np.full(140, "train"))
    scores = evaluate(marked, net, split="train")
    assert (scores.n, scores.trained_on) == (140, learnt)
    assert evaluate(marked, net).split == "validation"


def tree(folder: Path, samples: Samples) -> Path:
    """Write faces as a folder of classes."""
    for number, (face, label) in enumerate(zip(samples.images, samples.labels, strict=True)):
        place = folder / samples.vocabulary.names[label] / f"{number:03d}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(face).save(place)
    return folder


def test_training_faces_are_counted_in_whole_pictures_too(
    unsplit: Samples, tmp_path: Path
) -> None:
    data = tree(tmp_path / "data", unsplit)
    net = classifier(tmp_path, info_of(read(data)))
    reader = Reader(tmp_path / "net.onnx")
    learnt = sum(net.info.data["train"].values())
    crops, whole = evaluate(data, net), evaluate(data, reader, detect=True)
    assert (whole.split, whole.n, whole.trained_on) == ("validation", crops.n, 0)
    assert whole.faces == crops.faces
    scores = evaluate(data, reader, detect=True, split="all")
    assert (scores.n, scores.trained_on) == (140, learnt)
    # Of other data nothing was learnt.
    (data / "sad" / "new.png").write_bytes((data / "sad" / "004.png").read_bytes())
    scores = evaluate(data, reader, detect=True)
    assert (scores.split, scores.n, scores.trained_on) == ("all", 141, None)


def test_whole_pictures_of_which_nothing_shows_what_was_learnt(
    unsplit: Samples, tmp_path: Path
) -> None:
    data = tree(tmp_path / "data", unsplit)
    classifier(tmp_path, info_of(read(data)[20:]))
    with pytest.warns(UserWarning, match="say nothing about new ones.$") as warned:
        scores = evaluate(data, tmp_path / "net.onnx", detect=True)
    assert (scores.split, scores.n, scores.trained_on) == ("all", 140, None)
    assert warned[0].filename == __file__


def test_data_with_splits_of_its_own_keeps_them(clouded: Samples, tmp_path: Path) -> None:
    net = classifier(tmp_path, info_of(clouded, subset=0.4))
    scores = evaluate(clouded, net)
    assert (scores.split, scores.n, scores.trained_on) == ("test", 35, 0)
    scores = evaluate(clouded, net, split="train")
    assert (scores.n, scores.trained_on) == (105, 42)
    # A share was drawn although there are PublicTest faces, which are still measured.
    known = training_data(clouded, info_of(clouded, validation=0.2))
    assert known is not None and known.learnt is not None
    assert (len(known.learnt), len(known.samples.split("validation"))) == (84, 35)


def test_other_data_is_none_of_the_trainings(unsplit: Samples, tmp_path: Path) -> None:
    other = dataclasses.replace(unsplit, sha256="2" * 64)
    net = classifier(tmp_path, info_of(unsplit))
    scores = evaluate(other, net)
    assert (scores.split, scores.n, scores.trained_on) == ("all", 140, None)


def test_faces_that_the_training_left_out_are_needed(unsplit: Samples, tmp_path: Path) -> None:
    listed = tmp_path / "listed.csv"
    classes = [unsplit.vocabulary.names[label] for label in unsplit.labels]
    rows = [f"{name},{label}\n" for name, label in zip(unsplit.names, classes, strict=True)]
    listed.write_text("name,label\n" + "".join(rows[:20]))
    net = classifier(tmp_path, info_of(unsplit[20:]))
    with pytest.warns(UserWarning, match="nothing shows on which of these faces"):
        scores = evaluate(unsplit, net)
    assert (scores.split, scores.n, scores.trained_on) == ("all", 140, None)
    scores = evaluate(unsplit, net, exclude=listed)
    drawn = prepare(TrainSettings(), unsplit[20:]).split("validation")
    assert (scores.split, scores.n, scores.trained_on) == ("validation", len(drawn), 0)
    scores = evaluate(unsplit, net, exclude=listed, split="all")
    assert (scores.n, scores.trained_on) == (120, 120 - len(drawn))


def test_an_ensemble_learnt_what_its_members_did(unsplit: Samples) -> None:
    one, two = (info_of(unsplit, subset=0.5, seed=seed) for seed in (0, 1))
    recipe = {"members": {"a": one.recipe, "b": two.recipe}}
    both = training_data(unsplit, dataclasses.replace(one, recipe=recipe))
    alone = [training_data(unsplit, info) for info in (one, two)]
    assert both is not None and both.learnt is not None
    assert both.learnt == frozenset().union(*(known.learnt or () for known in alone if known))
    assert len(both.learnt) > sum(one.data["train"].values())


def test_against_the_training_data_only_what_was_learnt_counts(
    unsplit: Samples, tmp_path: Path
) -> None:
    scores = evaluate(unsplit, classifier(tmp_path, info_of(unsplit)), against=unsplit)
    assert (scores.split, scores.n_unique) == ("validation", scores.n)
