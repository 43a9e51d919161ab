"""A model card holds the numbers of the network's info, and those in docs/ are up to date."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien.classes import FER2013, Vocabulary
from mien.evaluation.conformal import LEVELS, measure_sets
from mien.evaluation.results import Scores
from mien.evaluation.scores import score
from mien.models import ModelInfo, names, read_info
from mien.models.info import FER2013_INPUT, InputSpec
from mien.models.neutral_curve import NeutralCurve
from mien.report.model_card import model_card

DOCS = Path(__file__).parents[2] / "docs" / "cards"


def made_up() -> ModelInfo:
    """Make the card of a network that takes every third angry face for sad."""
    labels = np.repeat(np.arange(7, dtype=np.int8), 30)
    said = labels.copy()
    said[:30:3] = 4
    probabilities = np.full((210, 7), 0.05, np.float32)
    probabilities[np.arange(210), said] = 0.7
    counts = {"angry": 1234, "disgust": 2, "fear": 3, "happy": 4, "sad": 5, "surprise": 6}
    measured = Scores.of(
        score(probabilities, labels, FER2013),
        "made-up",
        ece_before_temperature=0.123,
        nll_before_temperature=1.234,
        conformal=measure_sets(probabilities, labels, LEVELS, methods=("shown",)),
    )
    public: dict[str, Any] = json.loads(measured.to_json())
    return ModelInfo(
        name="made-up",
        architecture="plain",
        description="A net that never was.",
        parameters=1_234_567,
        macs=89,
        temperature=1.25,
        classes=FER2013,
        input=FER2013_INPUT,
        data={"name": "FER-2013", "sha256": "f" * 64, "train": counts | {"neutral": 7}},
        recipe={
            "learning_rate": 0.002,
            "flip": True,
            "compile": None,
            "commit": "c0ffee",
            "versions": {"torch": "2.0"},
        },
        seeds=[3, 4],
        selection="PublicTest: the last epoch",
        scores={"public": public},
        conformal={"0.90": 0.81234},
        robustness={
            "split": "public",
            "n": 210,
            "seed": 5,
            "severities": [1, 3],
            "clean": {"accuracy": 0.952, "interval": [0.915, 0.974], "macro_f1": 0.9},
            "corruptions": {
                "blur": {"mean_accuracy": 0.4},
                "low_light": {"mean_accuracy": 0.8},
            },
            "mean_corruption_accuracy": 0.6,
            "mean_corruption_macro_f1": 0.55,
        },
        members={},
        sha256="abc",
        size=3_000_000,
        licence="Apache-2.0 for the weights",
        intended_use="Only for tests.",
    )


@pytest.fixture(scope="module")
def page() -> str:
    return model_card(made_up())


# 200 of 210 are right; angry is found in 20 of 30, sad is right in 30 of 40.
LINES = [
    "# made-up",
    "| parameters | 1,234,567 |",
    "| input | 48 x 48 gray, black is 0 and white 255 |",
    "Only for tests.",
    "Apache-2.0 for the weights.",
    "| angry | 1,234 |",
    "| **all** | **1,261** |",
    "Selected on PublicTest: the last epoch.",
    "Seeds of the trainings: 3, 4.",
    "| commit of mien | `c0ffee` |",
    "| version of torch | 2.0 |",
    "| learning rate | 0.002 |",
    "| flip | yes |",
    "| compile | unset |",
    "| ONNX file | 3.0 MB |",
    "| SHA-256 of the ONNX file | `abc` |",
    "| **angry** | **20** | 0 | 0 | 0 | 10 | 0 | 0 |",
    "The logits are divided by 1.25 before the softmax (Guo et al. 2017).",
    "| blur | 0.400 |",
    "| **mean** | **0.600** |",
    "- **angry** is taken for **sad**: 10 of 30 faces (33.3%).",
    "- Under **blur**, accuracy is 0.400 instead of 0.952 (averaged over the severities).",
    "- Under **low light**, accuracy is 0.800 instead of 0.952 (averaged over the severities).",
]


@pytest.mark.parametrize("line", LINES)
def test_lines_of_the_page(page: str, line: str) -> None:
    assert line in page.splitlines()


# 0.952 (0.915 to 0.974) is Wilson's interval of 200 of 210.
PARTS = [
    "| accuracy on PublicTest | 0.952 (0.915 to 0.974) |",
    "| accuracy | 0.952 (0.915 to 0.974) |",
    "| angry | 30 | 1.000 (",
    "| sad | 30 | 0.750 (",
    "| calibration error (ECE) | 0.123 | ",
    "| log-likelihood, negative | 1.234 | ",
    "| 0.67 to 0.73 | 210 | 0.700 | 0.952 (0.915 to 0.974) |",
    "| 0.90 | 0.8123 | ",
    "210 faces (PublicTest) under each corruption, averaged over severities 1, 3 (1 is",
    "5 the strongest; seed 5). ",
    "On clean faces it is 0.952 (0.915 to 0.974).",
    "Article 5(1)(f)",
    "Article 50(3)",
    "A scowl is often not anger.",
    "That is no guarantee for a single face",
]


@pytest.mark.parametrize("part", PARTS)
def test_parts_of_the_page(page: str, part: str) -> None:
    assert part in page


def test_every_table_has_its_columns(page: str) -> None:
    for block in page.split("\n\n"):
        if block.startswith("|"):
            assert len({line.count("|") for line in block.splitlines()}) == 1, block


def test_no_failure_is_written_down_beforehand() -> None:
    card = made_up()
    labels = np.repeat(np.arange(7, dtype=np.int8), 30)
    right = score(np.eye(7, dtype=np.float32)[labels], labels, FER2013).model_dump(mode="json")
    page = model_card(dataclasses.replace(card, scores={"public": right}, robustness=None))
    failures = page[page.index("## Known failures") :]
    assert "is taken for" not in failures
    assert "Under **" not in failures


def test_what_was_not_measured_is_said() -> None:
    card = made_up()
    public = {
        key: value
        for key, value in card.scores["public"].items()
        if key not in ("conformal", "ece_before_temperature", "nll_before_temperature")
    }
    page = model_card(dataclasses.replace(card, scores={"public": public}, robustness=None))
    assert "Not measured; `mien export` can do it." in page
    assert "The coverage of these sets was not measured." in page
    assert "| 0.90 | 0.8123 | – | – | – |" in page
    assert "| calibration error (ECE) | – | " in page


def test_an_empty_card_is_a_page_all_the_same() -> None:
    card = made_up()
    bare = dataclasses.replace(
        card, data={}, recipe={}, scores={}, conformal={}, robustness=None, seeds=[],
        selection="", size=37_600,
    )  # fmt: skip
    page = model_card(bare)
    for sentence in (
        "The data is not recorded.",
        "The recipe is not recorded.",
        "## Scores\n\nNot measured.",
        "so the network cannot give prediction sets",
        "Not known, since nothing was measured.",
        "What it was selected on is not recorded.",
        "| ONNX file | 38 kB |",
    ):
        assert sentence in page


def test_names_are_text_and_no_markup() -> None:
    vocabulary = Vocabulary.named(("<b>awake", "*tired*", "b & c"))
    labels = np.repeat(np.arange(3, dtype=np.int8), 10)
    probabilities = np.roll(np.eye(3, dtype=np.float32), 1, axis=1)[labels]
    measured = score(probabilities, labels, vocabulary)
    counts = dict.fromkeys(vocabulary.names, 10)
    info = dataclasses.replace(
        made_up(),
        name="my_net",
        classes=vocabulary,
        data={"name": "<i>", "sha256": "e" * 64, "train": counts},
        scores={"validation": measured.model_dump(mode="json")},
        robustness=None,
    )
    page = model_card(info)
    assert page.startswith("# my\\_net\n")
    assert "for each of &lt;b>awake, \\*tired\\* and b &amp; c." in page
    assert "| b &amp; c | 10 |" in page
    assert "**&lt;b>awake** is taken for **\\*tired\\***: 10 of 10 faces (100.0%)." in page
    assert not re.search("<[a-z]", page)


def test_a_network_in_8_bits_says_how() -> None:
    card = made_up()
    how = {"weights": "by channel", "calibration": "8 faces"}
    small = dataclasses.replace(card, recipe=card.recipe | {"int8": how})
    line = "After training it was converted from 32 to 8 bits: weights by channel; calibration"
    added = set(model_card(small).splitlines()) - set(model_card(card).splitlines())
    assert added == {line + " 8 faces."}


def test_classes_of_one_s_own_have_a_card_too() -> None:
    vocabulary = Vocabulary.named(("awake", "tired", "yawning"))
    labels = np.repeat(np.arange(3, dtype=np.int8), 10)
    measured = score(np.eye(3, dtype=np.float32)[labels], labels, vocabulary)
    counts = dict.fromkeys(vocabulary.names, 10)
    info = dataclasses.replace(
        made_up(),
        classes=vocabulary,
        input=InputSpec(112, 112, "RGB", (0.0, 1.0)),
        data={"name": "sleepy", "sha256": "e" * 64, "train": counts},
        scores={"validation": measured.model_dump(mode="json")},
        robustness=None,
    )
    page = model_card(info)
    assert "a probability for each of awake, tired and yawning." in page
    assert "| input | 112 x 112 RGB, black is 0 and white 1 |" in page
    assert "which of three words" in page
    assert "| yawning | 10 |" in page
    assert "## Scores on the validation faces" in page
    assert "Article 5(1)(f)" in page
    for word in ("FER-2013", "PublicTest:", "neutral", "| angry"):
        assert word not in page.replace("PublicTest: the last epoch", "")


def test_constants_for_neutral_faces_have_a_section() -> None:
    knots = [
        {"sensitivity": place, "slope": 1.0, "factor": 1.0, "biases": [0.0] * 7}
        for place in (0.0, 1.0)
    ]
    fields = {"average": [-2.0] * 7, "shrink": 0.5, "variance": 0.3, "sensitivity": 0.35}
    curve = NeutralCurve.from_dict(fields | {"knots": knots}, 7)
    lines = model_card(dataclasses.replace(made_up(), neutral=curve)).splitlines()
    heading = lines.index("## Reading against a person's own neutral face")
    assert "The sensitivity is 0.35 by default; at 0" in lines[heading + 2]
    (target,) = re.findall(r"\]\((.*?)\)", lines[heading + 4])
    assert (DOCS / target).is_file()
    assert "own neutral face" not in model_card(made_up())


def test_an_ensemble_of_networks_names_their_files() -> None:
    card = made_up()
    both = dataclasses.replace(
        card,
        members={"one": "1a", "two": "2b"},
        recipe={"members": {"one": card.recipe, "two": card.recipe | {"int8": {"bits": 7}}}},
    )
    lines = model_card(both).splitlines()
    assert "| ONNX files | those of one, two, 3.0 MB in total |" in lines
    assert "| SHA-256 of two | `2b` |" in lines
    assert lines.count("| learning rate | 0.002 |") == 2
    eight = lines.index("After training it was converted from 32 to 8 bits: bits 7.")
    assert lines.index("### Member two") < eight
    assert "| SHA-256 of the ONNX file | `abc` |" not in lines


def test_every_shipped_network_has_its_page_of_today() -> None:
    assert sorted(path.stem for path in DOCS.glob("*.md")) == list(names())
    for name in names():
        text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
        fix = f"run mien card {name} --out docs/cards/{name}.md"
        assert text == model_card(read_info(name)), fix
