"""What an info says is what is measured."""

import dataclasses
import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from mien.classes import FER2013, Vocabulary
from mien.data import Samples
from mien.evaluation.results import Scores
from mien.evaluation.robustness import robustness
from mien.export.model_info import MIXED, Origin, describe, make_info
from mien.models import ModelInfo, names, read_info
from mien.models.info import FER2013_INPUT, InputSpec
from mien.perception.classifier import Classifier
from mien.perception.prediction_sets import adaptive_sets
from mien.settings import TrainSettings
from mien.settings.training import RENAMED
from mien.training import TrainingSamples
from mien.training.record import Validation

tiny = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))

ORIGIN = Origin(
    architecture="plain",
    description="A net.",
    parameters=7,
    macs=8,
    classes=FER2013,
    input=FER2013_INPUT,
    data={"name": "FER-2013"},
    recipe={},
    seeds=[0],
    selection="PublicTest: the last epoch",
    licence="",
)


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of one seeded linear layer."""
    path: Path = tiny["make_net"](tmp_path_factory.mktemp("net") / "tiny.onnx")
    return path


@pytest.fixture(scope="module")
def prepared(samples: Samples) -> TrainingSamples:
    return TrainingSamples.of(samples, Validation(split="public"))


@pytest.fixture(scope="module")
def info(net: Path, prepared: TrainingSamples) -> ModelInfo:
    return make_info("tiny", net, ORIGIN, prepared)


def test_an_info_reads_back_from_its_file(info: ModelInfo, tmp_path: Path) -> None:
    path = tmp_path / "tiny.json"
    path.write_text(info.to_json(), encoding="utf-8")
    assert ModelInfo.from_file(path) == info
    assert "Infinity" not in info.to_json()
    assert Scores.model_validate(info.scores["public"]).n == 35


def test_the_temperature_makes_the_labels_likelier(info: ModelInfo) -> None:
    public = info.scores["public"]
    assert public["n"] == 35
    assert public["nll"] <= public["nll_before_temperature"]
    assert "the temperature and the thresholds of prediction sets" in info.selection


def test_thresholds_hold_on_the_faces_that_gave_them(
    info: ModelInfo, net: Path, samples: Samples
) -> None:
    public = samples.split("public")
    probabilities = Classifier(net, info).probabilities(public.images)
    assert list(info.conformal) == ["0.80", "0.85", "0.90", "0.95", "0.99"]
    for level, threshold in info.conformal.items():
        held = adaptive_sets(probabilities, threshold)[np.arange(35), public.labels].sum()
        # The ceil(36 level)-th smallest score of 35; of 0.99 there are too few.
        assert held >= min(35, int(np.ceil(36 * float(level) - 1e-9)))
    assert info.conformal["0.99"] == 1
    sets = info.scores["public"]["conformal"]["sets"]
    assert [entry["method"] for entry in sets] == ["shown"] * 5


def test_corruptions_are_measured_only_where_asked(
    info: ModelInfo, net: Path, prepared: TrainingSamples
) -> None:
    assert info.robustness is None
    asked = make_info("tiny", net, ORIGIN, prepared, corruptions=True)
    result = robustness(Classifier(net, asked), prepared.split("public"))
    assert asked.robustness is not None
    assert asked.robustness["split"] == "public"
    for name in ("n", "seed", "severities", "clean", "mean_corruption_accuracy"):
        expected = result.model_dump(mode="json")[name]
        assert json.dumps(asked.robustness[name]) == json.dumps(expected)
    assert asked.robustness["corruptions"] == {
        name: {"mean_accuracy": corruption.mean_accuracy}
        for name, corruption in result.corruptions.items()
    }


def test_an_own_validation_split_in_colour_and_own_classes(
    samples: Samples, tmp_path: Path
) -> None:
    classes = Vocabulary.named(("awake", "tired"), {"awake": "🦉"})
    spec = InputSpec(height=32, width=48, colour="RGB")
    path: Path = tiny["make_net"](tmp_path / "own.onnx", spec=spec, classes=classes)
    images = np.random.default_rng(0).integers(0, 256, (40, 32, 48, 3), np.uint8)
    own = TrainingSamples(
        images=images,
        labels=(np.arange(40) % 2).astype(np.int8),
        splits=np.array(["train"] * 20 + ["validation"] * 20),
        names=np.arange(40).astype(str),
        sha256="0" * 64,
        vocabulary=classes,
        validation=Validation(split="train", share=0.5, seed=0),
    )
    origin = dataclasses.replace(ORIGIN, classes=classes, input=spec)
    info = make_info("own", path, origin, own, corruptions=True)
    scores = Scores.model_validate(info.scores["validation"])
    assert scores.n == 20
    assert list(scores.recall) == ["awake", "tired"]
    assert info.robustness is not None
    assert info.robustness["split"] == "validation"
    path.with_suffix(".json").write_text(info.to_json(), encoding="utf-8")
    assert Classifier(path).probabilities(images).shape == (40, 2)


def test_the_description_names_the_data_or_the_classes() -> None:
    assert describe("plain", "FER-2013", FER2013) == "plain, trained on FER-2013's Training faces."
    own = Vocabulary.named(("awake", "tired"))
    assert describe("plain", "faces.zip", own) == "plain, trained on faces (awake, tired)."


def test_an_ensemble_joins_the_infos_of_its_members() -> None:
    first, second = read_info("mien-b"), read_info("mien-m")
    joined = Origin.of_members([first, second])
    assert joined.architecture == "mien-b + mien-b"
    assert joined.description.startswith("Ensemble of mien-b and mien-m,")
    assert joined.parameters == first.parameters + second.parameters
    assert joined.macs == first.macs + second.macs
    assert joined.seeds == [0, 4]
    assert joined.recipe == {"members": {"mien-b": first.recipe, "mien-m": second.recipe}}
    assert joined.members == {"mien-b": first.sha256, "mien-m": second.sha256}
    assert joined.selection == f"PublicTest: the members, and of each the epoch{MIXED}"
    assert (joined.labels, joined.mixing) == ("mixed", None)
    assert joined.licence == first.licence


@pytest.mark.parametrize(
    "fitted",
    ["; the temperature and the thresholds of prediction sets",
     "; the temperature and the sets' thresholds too"],
)  # fmt: skip
def test_another_form_keeps_what_the_training_selected(fitted: str) -> None:
    info = dataclasses.replace(read_info("lobonet"), selection=f"PublicTest: the epoch{fitted}")
    assert Origin.of_network(info).selection == "PublicTest: the epoch"


def test_old_names_of_settings_become_those_of_this_version() -> None:
    old = dataclasses.replace(read_info("lobonet"), recipe={"balance": 0.5, "int8": {"a": "b"}})
    assert Origin.of_network(old).recipe == {"logit_adjustment": 0.5, "int8": {"a": "b"}}


@pytest.mark.parametrize("name", names())
def test_shipped_recipes_have_the_names_of_this_version(name: str) -> None:
    recipe = read_info(name).recipe
    for settings in recipe.get("members", {"": recipe}).values():
        assert not set(settings) & set(RENAMED)
        assert set(settings) - set(TrainSettings.model_fields) <= {
            "commit", "versions", "computed_on", "weight_bits", "int8"
        }  # fmt: skip
