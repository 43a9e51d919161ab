"""Constants for neutral faces: interpolated by hand, refused where they make no sense."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from mien.errors import NetError
from mien.models import ModelInfo, info_path, names, read_info
from mien.models.neutral_curve import NeutralCurve, NeutralKnot

CURVE = NeutralCurve(
    average=(-2.0, -0.2),
    shrink=0.5,
    variance=0.3,
    sensitivity=0.25,
    knots=(
        NeutralKnot(0.0, 1.0, 1.0, (0.0, 0.0)),
        NeutralKnot(0.5, 2.0, 0.5, (1.0, -1.0)),
        NeutralKnot(1.0, 2.0, 0.0, (3.0, -2.0)),
    ),
)


def test_constants_are_interpolated_between_knots() -> None:
    assert CURVE.at(0.0) == CURVE.knots[0]
    assert CURVE.at(1.0) == CURVE.knots[2]
    assert CURVE.at(0.25) == NeutralKnot(0.25, 1.5, 0.75, (0.5, -0.5))
    assert CURVE.at(0.75) == NeutralKnot(0.75, 2.0, 0.25, (2.0, -1.5))


def test_constants_read_back_from_json() -> None:
    fields = json.loads(json.dumps(CURVE.to_dict()))
    assert NeutralCurve.from_dict(fields, classes=2) == CURVE


@pytest.mark.parametrize(
    "change",
    [
        {"average": [0.0]},
        {"average": [0.0, "x"]},
        {"average": [0.0, float("nan")]},
        {"shrink": -1},
        {"variance": 0},
        {"variance": True},
        {"sensitivity": 1.5},
        {"knots": []},
        {"knots": CURVE.to_dict()["knots"][:2]},
        {"knots": CURVE.to_dict()["knots"][::-1]},
        {"knots": [{"sensitivity": 0}]},
        {"knots": None},
    ],
)
def test_constants_that_make_no_sense_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(NetError, match="Expected constants for neutral faces"):
        NeutralCurve.from_dict(CURVE.to_dict() | change, classes=2)
    with pytest.raises(NetError, match="of 3 classes"):
        NeutralCurve.from_dict(CURVE.to_dict(), classes=3)


@pytest.mark.parametrize("net", names())
def test_every_shipped_network_has_constants(net: str) -> None:
    info = read_info(net)
    assert info.neutral is not None
    assert len(info.neutral.knots) == 5
    # The neutral face of the average person is neutral.
    assert info.neutral.average.index(max(info.neutral.average)) == 6
    # The more sensitive, the less is read as neutral.
    biases = [knot.biases[6] for knot in info.neutral.knots]
    assert biases == sorted(biases, reverse=True)
    assert ModelInfo.from_file(info_path(net)) == info
    written = json.loads(info_path(net).read_text(encoding="utf-8"))["neutral"]
    assert json.loads(info.to_json())["neutral"] == written


def test_a_network_without_constants_says_so_in_its_file() -> None:
    info = dataclasses.replace(read_info("mien-s"), neutral=None)
    assert json.loads(info.to_json())["neutral"] is None
