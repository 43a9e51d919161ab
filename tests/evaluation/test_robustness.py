import json
import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.classes import Vocabulary
from mien.data import Samples
from mien.errors import DataError, SettingsError
from mien.evaluation.bootstrap import wilson
from mien.evaluation.corruptions import NAMES, corrupt
from mien.evaluation.heatmap import draw_heatmap
from mien.evaluation.results import Robustness, RobustnessSummary
from mien.evaluation.robustness import robustness
from mien.figures import save
from mien.models.info import InputSpec
from mien.perception.classifier import Classifier

make_net = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))["make_net"]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier(make_net(tmp_path_factory.mktemp("net") / "tiny.onnx"), threads=1)


def test_scores_are_those_of_the_corrupted_faces(classifier: Classifier, samples: Samples) -> None:
    calls: list[tuple[int, int]] = []
    result = robustness(
        classifier, samples, ("blur", "noise", "blur"), (5, 1), 3, lambda *call: calls.append(call)
    )
    assert Robustness.model_validate(json.loads(result.to_json())) == result
    assert (result.net, result.n, result.seed) == ("tiny", 140, 3)
    assert result.severities == (1, 5)
    assert list(result.corruptions) == ["blur", "noise"]
    assert calls == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    images = corrupt(samples.images, "noise", 5, 3)
    right = int((classifier.logits(images).argmax(axis=1) == samples.labels).sum())
    cell = result.corruptions["noise"].severities[5]
    assert cell.accuracy == right / 140
    assert cell.interval == wilson(right, 140)
    accuracies = [
        cell.accuracy
        for corruption in result.corruptions.values()
        for cell in corruption.severities.values()
    ]
    assert result.mean_corruption_accuracy == pytest.approx(np.mean(accuracies))
    noise = result.corruptions["noise"]
    assert noise.mean_accuracy == pytest.approx(np.mean(accuracies[2:]))
    assert 0 < result.mean_corruption_macro_f1 < 1


def test_all_of_them_by_default(classifier: Classifier, samples: Samples) -> None:
    result = robustness(classifier, samples[:7])
    assert tuple(result.corruptions) == NAMES
    assert all(len(each.severities) == 5 for each in result.corruptions.values())


def test_what_cannot_be_measured(classifier: Classifier, samples: Samples) -> None:
    with pytest.raises(DataError, match="There is no face to score"):
        robustness(classifier, samples[:0])
    with pytest.raises(SettingsError, match="Unknown corruption 'fog'"):
        robustness(classifier, samples, ("blur", "fog"))
    with pytest.raises(SettingsError, match="Unknown severity 9"):
        robustness(classifier, samples, severities=(1, 9))
    with pytest.raises(SettingsError, match="No corruption or no severity was named"):
        robustness(classifier, samples, ())


def test_heatmap_is_darker_where_the_network_is_better(tmp_path: Path) -> None:
    def cell(accuracy: float) -> dict[str, object]:
        return {"accuracy": accuracy, "interval": (accuracy, accuracy), "macro_f1": accuracy}

    def cells(*values: float) -> dict[str, object]:
        severities = {str(k + 1): cell(value) for k, value in enumerate(values)}
        return {"mean_accuracy": sum(values) / len(values), "severities": severities}

    result = Robustness.model_validate({
        "net": "tiny", "n": 1000, "seed": 0, "severities": [1, 2], "clean": cell(0.7),
        "mean_corruption_accuracy": 0.4, "mean_corruption_macro_f1": 0.4,
        "corruptions": {"blur": cells(0.14, 0.1), "noise": cells(0.7, 0.6)},
    })  # fmt: skip
    save(draw_heatmap(result, 7), tmp_path / "heat.png")
    image = np.asarray(Image.open(tmp_path / "heat.png").convert("RGB"))
    deep = (image == (0x1D, 0x4E, 0x79)).all(axis=2)
    sand = (image == (0xFB, 0xF3, 0xE4)).all(axis=2)
    # Both clean cells and noise's first are the best, above blur's cells below chance.
    assert deep.sum() > 15_000
    assert sand.sum() > 5_000
    assert deep.nonzero()[0].min() < sand.nonzero()[0].min() - 30


def test_the_summary_keeps_the_means(classifier: Classifier, samples: Samples) -> None:
    result = robustness(classifier, samples, ("blur", "noise"), (1, 5))
    summary = result.summary("public")
    content = json.loads(summary.to_json())
    assert content["corruptions"]["blur"] == {
        "mean_accuracy": result.corruptions["blur"].mean_accuracy
    }
    assert (content["split"], content["n"], content["severities"]) == ("public", 140, [1, 5])
    assert RobustnessSummary.model_validate(content) == summary


def test_colour_crops_of_another_size_and_classes(tmp_path: Path) -> None:
    spec, classes = InputSpec(64, 80, "RGB"), Vocabulary.named(["awake", "tired", "yawning"])
    network = Classifier(make_net(tmp_path / "wide.onnx", spec=spec, classes=classes), threads=1)
    images = np.random.default_rng(0).integers(0, 256, (9, 64, 80, 3)).astype(np.uint8)
    faces = Samples(
        images=images,
        labels=(np.arange(9) % 3).astype(np.int8),
        splits=np.array(["test"] * 9),
        names=np.array([f"{row}.png" for row in range(9)]),
        sha256="0" * 64,
        vocabulary=classes,
    )
    result = robustness(network, faces, severities=(3,))
    assert tuple(result.corruptions) == NAMES
    right = int((network.logits(images).argmax(axis=1) == faces.labels).sum())
    assert result.clean.accuracy == right / 9
