import dataclasses
import json
from pathlib import Path

import pytest

from mien.errors import NetError
from mien.models import ModelInfo

CARD = ModelInfo(
    name="net",
    architecture="plain",
    description="A net.",
    parameters=1,
    macs=2,
    temperature=1.5,
    input={},
    data={},
    recipe={},
    seeds=[0],
    selection="PublicTest",
    scores={},
    conformal={"0.90": 0.8},
    robustness=None,
    members={},
    sha256="0",
    size=3,
    licence="Apache-2.0",
    intended_use="Tests.",
)


def test_a_card_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_text(CARD.to_json())
    assert ModelInfo.from_file(path) == CARD


WRONG = [
    ("{", "Expected JSON"),
    ("[]", "missing"),
    (json.dumps(dataclasses.asdict(CARD) | {"colour": 1}), r"unknown \['colour'\]"),
    ('{"name": "net"}', "missing .*'architecture'"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_a_broken_card_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "net.json"
    path.write_text(content)
    with pytest.raises(NetError, match=message):
        ModelInfo.from_file(path)


def test_a_missing_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(NetError, match=r"Expected a card at .*net\.json"):
        ModelInfo.from_file(tmp_path / "net.json")
