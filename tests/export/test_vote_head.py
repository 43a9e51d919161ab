"""The layer that predicts FER+'s votes: fitted to features, or as a run trained it."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from mien.data import Samples
from mien.errors import DataError, SettingsError, TrainingError
from mien.evaluation import evaluate
from mien.export import export_network, export_run
from mien.export.vote_head import fit_head, fit_votes, frozen_features, trained_head
from mien.models import onnx_paths, read_info
from mien.perception.classifier import Classifier, softmax
from mien.training import Run

MakeRun = Callable[..., Run]
GRAPH = onnx_paths("lobonet", read_info("lobonet"))[0]


def test_a_layer_is_found_that_gave_the_shares() -> None:
    random = np.random.default_rng(0)
    features = random.normal(3, [1, 0.1, 10], (4000, 3)).astype(np.float32)
    weights = np.array([[1, 0, 0.05], [-1, 5, 0]], np.float32)
    shares = softmax(features @ weights.T + [0.5, -14]).astype(np.float64)
    head = fit_head(features, shares)
    found = softmax(features @ head.weights.T + head.bias)
    # The ridge pulls the answers a little towards the mean.
    assert np.abs(found - shares).max() < 0.08
    again = fit_head(features, shares)
    np.testing.assert_array_equal(again.weights, head.weights)


def test_features_are_those_of_the_faces_and_their_mirror_images() -> None:
    faces = np.random.default_rng(0).integers(0, 256, (70, 48, 48), np.uint8)
    features = frozen_features(GRAPH, faces)
    assert features.shape == (140, 256)
    np.testing.assert_allclose(
        features[70:], frozen_features(GRAPH, faces[:, :, ::-1])[:70], atol=1e-5
    )


def votes_file(folder: Path, samples: Samples, some: int = 10) -> Path:
    """Votes for the rows of the striped faces: most for the label, one for another class."""
    names = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
    names += ["unknown", "NF"]
    ours = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
    numbers = (int(re.findall(r"\d+", str(name))[-1]) for name in samples.names)
    rows = {number: place for place, number in enumerate(numbers)}
    lines = [",".join(["Usage", *names])]
    for row in range(max(rows) + 1):
        counts = dict.fromkeys(names, 0)
        usage = "Training"
        if row in rows:
            place = rows[row]
            usage = {"train": "Training", "public": "PublicTest"}.get(samples.splits[place], usage)
            counts[ours[samples.labels[place]]] = some - 1
            counts[ours[(samples.labels[place] + 1) % 7]] += 1
        lines.append(",".join([usage, *map(str, counts.values())]))
    path = folder / "votes.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_votes_are_mixed_into_a_network_and_stay_in_8_bits(
    make_run: MakeRun, striped_zip: Path, samples: Samples, tmp_path: Path
) -> None:
    plain = export_run(make_run(striped_zip), "net", tmp_path)
    votes = votes_file(tmp_path, samples)
    net = tmp_path / "net.onnx"
    with pytest.raises(SettingsError, match="would be replaced"):
        export_network(net, "net", tmp_path, data=striped_zip, votes=votes)
    info = export_network(net, "mixed", tmp_path, data=striped_zip, votes=votes)
    assert info.labels == "mixed"
    assert info.mixing is not None
    assert sum(info.mixing.shares) == pytest.approx(1, abs=1e-3)
    assert "how much FER+'s votes count" in info.selection
    faces = samples.split("public")
    before = Classifier(net).probabilities(faces.images)
    alone = Classifier(tmp_path / "mixed.onnx", labels="fer2013")
    assert alone.name == "mixed (fer2013 labels)"
    np.testing.assert_allclose(alone.probabilities(faces.images), before, atol=1e-6)
    assert alone.info.scores["public"]["accuracy"] == plain.scores["public"]["accuracy"]
    both = Classifier(tmp_path / "mixed.onnx")
    assert np.abs(both.probabilities(faces.images) - before).max() > 0.01
    eight = export_network(
        tmp_path / "mixed.onnx", "eight", tmp_path, data=striped_zip, int8=True
    )
    assert (eight.labels, eight.mixing) == ("mixed", info.mixing)
    pair = Classifier(tmp_path / "eight.onnx").logits(faces.images), both.logits(faces.images)
    assert np.abs(pair[0] - pair[1]).mean() < 0.1


def test_scores_say_which_answer_was_measured(
    make_run: MakeRun, striped_zip: Path, samples: Samples, tmp_path: Path
) -> None:
    export_run(make_run(striped_zip), "net", tmp_path)
    votes = votes_file(tmp_path, samples)
    export_network(tmp_path / "net.onnx", "mixed", tmp_path, data=striped_zip, votes=votes)
    scores = {
        labels: evaluate(striped_zip, tmp_path / "mixed.onnx", split="public", labels=labels)
        for labels in (None, "mixed", "fer2013")
    }
    assert [scores[labels].labels for labels in scores] == ["mixed", "mixed", "fer2013"]
    assert scores[None] == scores["mixed"]
    assert scores["fer2013"].net == "mixed (fer2013 labels)"
    assert scores["fer2013"].nll != scores["mixed"].nll
    single = evaluate(striped_zip, tmp_path / "net.onnx", split="public", labels="fer2013")
    assert (single.net, single.labels) == ("net", None)
    with pytest.raises(SettingsError, match="no answer for mixed labels"):
        evaluate(striped_zip, tmp_path / "net.onnx", split="public", labels="mixed")


def test_a_class_that_nobody_voted_for_is_refused(
    striped_zip: Path, samples: Samples, tmp_path: Path
) -> None:
    training = samples.split("train")
    votes = votes_file(tmp_path, samples, some=2)  # below the five that a face needs
    with pytest.raises(DataError, match="votes for each class"):
        fit_votes(GRAPH, training, votes)


def test_a_run_keeps_the_layer_that_it_trained(
    make_run: MakeRun, striped_zip: Path, samples: Samples, tmp_path: Path
) -> None:
    run = make_run(striped_zip)
    assert trained_head(run) is None
    width = frozen_width(run)
    generator = torch.Generator().manual_seed(0)
    state = {
        "weight": torch.randn(10, width, generator=generator),
        "bias": torch.randn(10, generator=generator),
        "shares": torch.tensor([0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05]),
    }
    save_file(state, run.votes)
    trained = trained_head(run)
    assert trained is not None
    head, mixing = trained
    np.testing.assert_array_equal(head.weights, state["weight"][:7].numpy())
    assert mixing.shares == (0.125, 0.125, 0.125, 0.25, 0.125, 0.125, 0.125)
    info = export_run(run, "own", tmp_path)
    assert (info.labels, info.mixing) == ("mixed", mixing)
    assert Classifier(tmp_path / "own.onnx").info == info
    run.votes.write_bytes(b"damaged")
    with pytest.raises(TrainingError, match="is damaged"):
        trained_head(run)


def frozen_width(run: Run) -> int:
    """Return the number of inputs of a run's last layer."""
    from mien.training import load_net

    last = load_net(run)[-1]
    assert isinstance(last, torch.nn.Linear)
    return last.in_features
