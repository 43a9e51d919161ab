import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from mien.classes import FER2013, Vocabulary
from mien.errors import NetError, SettingsError
from mien.models import ModelInfo
from mien.models.answers import LabelAnswer, Mixing
from mien.models.info import FER2013_INPUT, InputSpec

INFO = ModelInfo(
    name="net",
    architecture="plain",
    description="A net.",
    parameters=1,
    macs=2,
    classes=Vocabulary.named(("awake", "tired"), {"awake": "🦉"}, {"awake": (51, 170, 85)}),
    input=InputSpec(height=112, width=96, colour="RGB"),
    temperature=1.5,
    data={},
    recipe={},
    seeds=[0],
    selection="PublicTest",
    scores={"validation": {}},
    conformal={"0.90": 0.8},
    robustness=None,
    members={},
    sha256="0",
    size=3,
    licence="Apache-2.0",
    intended_use="Tests.",
)


def fields() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(INFO.to_json())
    return read


def write(folder: Path, content: object) -> Path:
    path = folder / "net.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_an_info_reads_back_from_its_file(tmp_path: Path) -> None:
    assert ModelInfo.from_file(write(tmp_path, INFO.to_json())) == INFO


def test_the_json_says_what_a_program_needs_to_make_crops() -> None:
    assert fields()["classes"][0] == {"name": "awake", "emoji": "🦉", "colour": "#33aa55"}
    spec = fields()["input"]
    assert (spec["height"], spec["width"], spec["channels"]) == (112, 96, 3)
    assert INFO.input.crop_shape == (112, 96, 3)
    assert FER2013_INPUT.crop_shape == (48, 48)


def test_an_info_of_version_1_gets_the_classes_and_input_of_fer2013(tmp_path: Path) -> None:
    """Version 1 had no classes, and described its only input in words of its own."""
    old = fields() | {"input": {"name": "faces", "shape": ["batch", 1, 48, 48], "type": "uint8"}}
    del old["version"], old["classes"]
    info = ModelInfo.from_file(write(tmp_path, old))
    assert info.classes == FER2013
    assert info.input == FER2013_INPUT
    assert info.temperature == 1.5


WRONG = [
    ("{", "Expected JSON"),
    ("[]", "Expected a network's info"),
    ("[" * 100_000, "Expected JSON"),
    ("{}", "missing .*'architecture'"),
    ('{"name": "net"}', "missing .*'architecture'"),
    (fields() | {"shade": 1}, r"unknown \['shade'\]"),
    (fields() | {"version": 3}, "another version of mien"),
    (fields() | {"version": 1}, "another version of mien"),
    (fields() | {"classes": fields()["classes"][:1]}, "Expected 2 to 100 classes"),
    (
        fields() | {"classes": [{"name": "a"}, {"name": "b", "colour": "red"}]},
        "Expected a colour such as",
    ),
    (fields() | {"classes": [{"emoji": "🦉"}, {"name": "b"}]}, "Expected a list of classes"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_a_damaged_info_is_refused(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(NetError, match=message):
        ModelInfo.from_file(write(tmp_path, content))


VALUES: list[Any] = [None, True, -1, 1.5, "", "x", float("nan"), 1e400, [], [None], {}, {"a": None}]
RIGHT: dict[str, list[Any]] = {
    **{name: ["", "x"] for name in ("name", "architecture", "description", "selection")},
    **{name: ["", "x"] for name in ("sha256", "licence", "intended_use")},
    "temperature": [1.5],
    **{name: [{}, {"a": None}] for name in ("data", "recipe")},
    "seeds": [[]],
    "scores": [{}],
    "conformal": [{}],
    "robustness": [None, {}, {"a": None}],
    "weights_sha256": [None, "", "x"],
    "members": [{}],
    "neutral": [None],
    "labels": [None],
    "mixing": [None],
    "label_answer": [None],
}
"""Which of the values each field may have; none for the others."""


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(ModelInfo)])
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_wrong_type_is_refused_by_the_name_of_its_field(
    tmp_path: Path, name: str, value: object
) -> None:
    path = write(tmp_path, fields() | {name: value})
    if repr(value) in map(repr, RIGHT.get(name, [])):
        assert isinstance(ModelInfo.from_file(path), ModelInfo)
        return
    with pytest.raises(NetError, match=r"net\.json") as caught:
        ModelInfo.from_file(path)
    assert name in str(caught.value) or name == "classes"


@pytest.mark.parametrize("name", ["height", "width", "channels", "colour", "range", "frame"])
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_wrong_input_is_refused(tmp_path: Path, name: str, value: object) -> None:
    path = write(tmp_path, fields() | {"input": fields()["input"] | {name: value}})
    with pytest.raises(NetError, match=r"net\.json is damaged"):
        ModelInfo.from_file(path)


def test_a_missing_info_is_named(tmp_path: Path) -> None:
    with pytest.raises(NetError, match=r"Expected the network's info at .*net\.json"):
        ModelInfo.from_file(tmp_path / "net.json")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"height": 15}, "Expected crops of 16 to 1024 pixels a side, got 48 x 15"),
        ({"width": 1025}, "got 1025 x 48"),
        ({"colour": "BGR"}, "Expected gray or RGB crops, got 'BGR'"),
        ({"range": (1.0, 0.0)}, "from black to white"),
        ({"frame": ((0.5, 0.5),) * 4}, "five landmarks"),
    ],
)
def test_an_impossible_input_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(NetError, match=message):
        InputSpec(**wrong)


MIXED = dataclasses.replace(
    INFO,
    classes=FER2013,
    labels="mixed",
    mixing=Mixing(weight=0.25, power=1.0, shares=(0.1,) * 6 + (0.4,)),
    label_answer=LabelAnswer(
        temperature=0.9, conformal={"0.90": 0.7}, scores={"public": {"accuracy": 0.7}}
    ),
)


def test_a_mixed_answer_reads_back_from_its_file(tmp_path: Path) -> None:
    assert ModelInfo.from_file(write(tmp_path, MIXED.to_json())) == MIXED


def test_the_constants_of_the_other_answer_take_the_place_of_the_mixed_ones() -> None:
    own = MIXED.with_labels("fer2013")
    assert (own.labels, own.temperature, own.conformal) == ("fer2013", 0.9, {"0.90": 0.7})
    assert own.scores == {"public": {"accuracy": 0.7}}
    assert own.sha256 == MIXED.sha256
    assert MIXED.with_labels("mixed") is MIXED.with_labels(None) is MIXED


def test_an_answer_that_a_network_does_not_have_is_refused() -> None:
    single = dataclasses.replace(INFO, classes=FER2013)
    assert single.with_labels("fer2013") is single
    for info, labels, text in (
        (single, "mixed", "votes were not mixed"),
        (INFO, "fer2013", "does not answer with FER-2013's labels"),
        (MIXED, "ferplus", "Expected mixed or fer2013"),
    ):
        with pytest.raises(SettingsError, match=text):
            info.with_labels(labels)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [("weight", 0), ("weight", 1), ("power", -1), ("shares", [0.5, 0.5])],
)
def test_wrong_numbers_of_a_mix_are_refused(tmp_path: Path, name: str, value: object) -> None:
    content = json.loads(MIXED.to_json())
    content["mixing"][name] = value
    with pytest.raises(NetError, match=r"net\.json is damaged"):
        ModelInfo.from_file(write(tmp_path, content))


def test_wrong_constants_of_the_other_answer_are_refused(tmp_path: Path) -> None:
    content = json.loads(MIXED.to_json())
    del content["label_answer"]["conformal"]
    with pytest.raises(NetError, match="label_answer"):
        ModelInfo.from_file(write(tmp_path, content))
    content = json.loads(MIXED.to_json())
    content["label_answer"]["conformal"] = {"0.90": 2}
    with pytest.raises(NetError, match="conformal"):
        ModelInfo.from_file(write(tmp_path, content))


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(ModelInfo)])
def test_odd_values_are_taken_as_they_are_or_refused(tmp_path: Path, name: str) -> None:
    numbers: list[object] = [None, True, 0, -1, 1e308, 10**400, float("nan")]
    for value in [*numbers, "x", "\ud800", [], [[]], ["a"], [{}], {}, {"a": 1}]:
        path = write(tmp_path, fields() | {name: value})
        try:
            info = ModelInfo.from_file(path)
        except NetError as error:
            assert str(path) in str(error) or name in str(error)
        else:
            again = ModelInfo.from_file(write(tmp_path, info.to_json()))
            assert again.to_json() == info.to_json()


@pytest.mark.parametrize("name", ["name", "licence"])
def test_half_a_sign_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NetError, match="Expected JSON in .*: it has half of a sign"):
        ModelInfo.from_file(write(tmp_path, fields() | {name: "\ud800"}))


def test_a_number_too_large_for_a_float_is_refused(tmp_path: Path) -> None:
    curve = {"shrink": 10**400, "variance": 1.0, "sensitivity": 0.5}
    with pytest.raises(NetError):
        ModelInfo.from_file(write(tmp_path, fields() | {"neutral": curve}))
