"""What a card says is what is measured."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien.data import Samples
from mien.evaluation.robustness import robustness
from mien.export.card import make_card, together
from mien.models import ModelInfo
from mien.perception.classifier import Classifier
from mien.perception.conformal import adaptive_sets

RUN: dict[str, Any] = {
    "architecture": "plain",
    "parameters": 7,
    "macs": 8,
    "data": {},
    "recipe": {},
    "seeds": [0],
    "selection": "PublicTest: the last epoch",
}


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of one seeded linear layer."""
    import runpy

    module = runpy.run_path(str(Path(__file__).parents[1] / "perception" / "conftest.py"))
    path: Path = module["make_net"](tmp_path_factory.mktemp("net") / "tiny.onnx")
    return path


@pytest.fixture(scope="module")
def card(net: Path, samples: Samples) -> ModelInfo:
    return make_card("tiny", net, RUN, {}, samples)


def test_a_card_survives_its_file(card: ModelInfo, tmp_path: Path) -> None:
    path = tmp_path / "tiny.json"
    path.write_text(card.to_json(), encoding="utf-8")
    # Lists and pairs are one in JSON.
    assert ModelInfo.from_file(path).to_json() == card.to_json()
    assert "Infinity" not in card.to_json()


def test_the_temperature_makes_the_labels_likelier(card: ModelInfo) -> None:
    public = card.scores["public"]
    assert public["n"] == 35
    assert public["nll"] <= public["nll_before_temperature"]
    assert "the temperature and the sets' thresholds too" in card.selection


def test_thresholds_hold_on_the_faces_that_gave_them(
    card: ModelInfo, net: Path, samples: Samples
) -> None:
    public = samples.split("public")
    probabilities = Classifier(net, card).probabilities(public.images)
    assert list(card.conformal) == ["0.80", "0.85", "0.90", "0.95", "0.99"]
    for level, threshold in card.conformal.items():
        held = adaptive_sets(probabilities, threshold)[np.arange(35), public.labels].sum()
        # The ceil(36 level)-th smallest score of 35; of 0.99 there are too few.
        assert held >= min(35, int(np.ceil(36 * float(level) - 1e-9)))
    assert card.conformal["0.99"] == 1
    assert [each["method"] for each in card.scores["public"]["conformal"]["sets"]] == ["shown"] * 5


def test_corruptions_are_measured_only_where_asked(
    card: ModelInfo, net: Path, samples: Samples
) -> None:
    assert card.robustness is None
    seen: list[tuple[int, int]] = []
    asked = make_card(
        "tiny", net, RUN, {}, samples, corruptions=True, progress=lambda *at: seen.append(at)
    )
    whole = robustness(Classifier(net, asked), samples.split("public"))
    assert asked.robustness is not None
    assert seen[-1] == (66, 66)
    assert asked.robustness["split"] == "public"
    for name in ("n", "seed", "severities", "clean", "mean_corruption_accuracy"):
        assert json.dumps(asked.robustness[name]) == json.dumps(whole[name])
    assert asked.robustness["corruptions"] == {
        name: {"mean_accuracy": each["mean_accuracy"]}
        for name, each in whole["corruptions"].items()
    }


def test_cards_of_an_ensemble_are_joined() -> None:
    other = RUN | {"architecture": "lobonet", "parameters": 10, "recipe": {"epochs": 3}}
    joined = together([("a", RUN), ("b", other | {"seeds": [4]})])
    assert joined["architecture"] == "plain + lobonet"
    assert (joined["parameters"], joined["macs"]) == (17, 16)
    assert joined["seeds"] == [0, 4]
    assert joined["recipe"] == {"members": {"a": {}, "b": {"epochs": 3}}}
    assert together([("a", RUN)]) == RUN
