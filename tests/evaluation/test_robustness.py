import json
import runpy
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.data import Samples
from mien.errors import DataError, SettingsError
from mien.evaluation.bootstrap import wilson
from mien.evaluation.corruption_sheet import example_sheet
from mien.evaluation.corruptions import NAMES, corrupt
from mien.evaluation.heatmap import draw_heatmap
from mien.evaluation.robustness import robustness
from mien.perception.classifier import Classifier

make_net = runpy.run_path(str(Path(__file__).parents[1] / "perception" / "conftest.py"))["make_net"]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier(make_net(tmp_path_factory.mktemp("net") / "tiny.onnx"), threads=1)


def test_scores_are_those_of_the_corrupted_faces(classifier: Classifier, samples: Samples) -> None:
    calls: list[tuple[int, int]] = []
    result = robustness(
        classifier, samples, ("blur", "noise", "blur"), (5, 1), 3, lambda *call: calls.append(call)
    )
    assert json.loads(json.dumps(result)) == result
    assert (result["net"], result["n"], result["seed"]) == ("tiny", 140, 3)
    assert result["severities"] == [1, 5]
    assert list(result["corruptions"]) == ["blur", "noise"]
    assert calls == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    images = corrupt(samples.images, "noise", 5, 3)
    right = int((classifier.logits(images).argmax(axis=1) == samples.labels).sum())
    cell = result["corruptions"]["noise"]["severities"]["5"]
    assert cell["accuracy"] == right / 140
    assert cell["interval"] == list(wilson(right, 140))
    accuracies = [
        cell["accuracy"]
        for corruption in result["corruptions"].values()
        for cell in corruption["severities"].values()
    ]
    assert result["mean_corruption_accuracy"] == pytest.approx(np.mean(accuracies))
    noise = result["corruptions"]["noise"]
    assert noise["mean_accuracy"] == pytest.approx(np.mean(accuracies[2:]))
    assert 0 < result["mean_corruption_macro_f1"] < 1
    assert set(result["clean"]) == {"accuracy", "interval", "macro_f1"}


def test_all_of_them_by_default(classifier: Classifier, samples: Samples) -> None:
    result = robustness(classifier, samples[:7])
    assert tuple(result["corruptions"]) == NAMES
    assert all(len(each["severities"]) == 5 for each in result["corruptions"].values())


def test_what_cannot_be_measured(classifier: Classifier, samples: Samples) -> None:
    with pytest.raises(DataError, match="There is no face to score"):
        robustness(classifier, samples[:0])
    with pytest.raises(SettingsError, match="There is no corruption 'fog'"):
        robustness(classifier, samples, ("blur", "fog"))
    with pytest.raises(SettingsError, match="There is no severity 9"):
        robustness(classifier, samples, severities=(1, 9))
    with pytest.raises(SettingsError, match="No corruption or no severity was named"):
        robustness(classifier, samples, ())


def test_heatmap_is_darker_where_the_network_is_better(tmp_path: Path) -> None:
    def cells(*values: float) -> dict[str, object]:
        severities = {str(k + 1): {"accuracy": value} for k, value in enumerate(values)}
        return {"mean_accuracy": sum(values) / len(values), "severities": severities}

    result = {
        "net": "tiny", "n": 1000, "severities": [1, 2], "mean_corruption_accuracy": 0.4,
        "clean": {"accuracy": 0.7, "interval": [0.67, 0.73]},
        "corruptions": {"blur": cells(0.2, 0.1), "noise": cells(0.7, 0.6)},
    }  # fmt: skip
    draw_heatmap(result, tmp_path / "heat.png")
    image = np.asarray(Image.open(tmp_path / "heat.png").convert("RGB"))
    deep = (image == (0x1D, 0x4E, 0x79)).all(axis=2)
    sand = (image == (0xFB, 0xF3, 0xE4)).all(axis=2)
    # Both clean cells and noise's first are the best, above blur's cells below chance.
    assert deep.sum() > 20_000
    assert sand.sum() > 5_000
    assert deep.nonzero()[0].min() < sand.nonzero()[0].min() - 30


def test_example_sheet(tmp_path: Path, samples: Samples) -> None:
    example_sheet(samples.images[0], tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as opened:
        width, height = opened.size
    assert 900 < width < height
    with pytest.raises(DataError, match="Expected crops"):
        example_sheet(samples.images[0, :20], tmp_path / "sheet.png")
