from typing import Any

import pytest

from mien.errors import MienError, NetError, SettingsError
from mien.nets import Choice, FloatRange, IntRange
from mien.settings import TrainSettings
from mien.tuning.space import read_space

LOBONET = TrainSettings()


def test_a_table_narrows_the_space_and_adds_to_it() -> None:
    table = {
        "dropout": {"low": 0, "high": 0.2},
        "learning_rate": {"low": 1e-4, "high": 1e-2, "log": True},
        "batch_size": [32, 64],
        "layers": {"low": 3, "high": 4},
        "normalise": [True, False],
    }
    space = read_space(LOBONET, table, set())
    assert space["dropout"] == FloatRange(0, 0.2)
    assert space["learning_rate"] == FloatRange(1e-4, 1e-2, log=True)
    assert space["batch_size"] == Choice((32, 64))
    assert space["layers"] == IntRange(3, 4)
    assert space["normalise"] == Choice((True, False))
    assert space["width"] == IntRange(16, 40, 8)


def test_what_is_fixed_is_not_searched() -> None:
    space = read_space(LOBONET, {}, {"learning_rate", "epochs"})
    assert "learning_rate" not in space
    assert "dropout" in space


# key of [tune.space], its value, what the message must hold
WRONG: list[tuple[str, Any, str]] = [
    ("learning_rat", [1], "no setting 'learning_rat' .*Did you mean 'learning_rate'?"),
    ("net", ["plain"], r"'net' in \[tune.space\] cannot be searched. Known: epochs, batch_size"),
    ("seed", [1, 2], "'seed' .* cannot be searched"),
    ("validation", [0.1, 0.2], "'validation' .* cannot be searched"),
    ("balance", [0.0], "'tune.space.balance' is now called 'tune.space.logit_adjustment'"),
    ("hair", [0.0], "no setting 'hair' to search.*Known: epochs, batch_size"),
    ("dropout", {"low": 0.4, "high": 0.1}, r"\[tune.space\] dropout: .*got 0.4 to 0.1"),
    ("dropout", {"low": 0.1}, "Expected the keys low, high, log.*got low"),
    ("dropout", {"low": 0, "high": 0.1, "step": 2}, "got low, high, step"),
    ("dropout", {"low": "0", "high": 0.1}, "low to be of the type float, got '0'"),
    ("dropout", {"low": 0.1, "high": 0.2, "log": 1}, "log to be of the type bool, got 1"),
    ("dropout", 0.3, r"a range or a list of choices, got 0.3.*dropout = \[0.3\]"),
    ("dropout", [], "at least one choice"),
    ("dropout", [[0.1]], "Expected plain values"),
    ("dropout", {"low": 0.5, "high": 1}, "dropout reaches 1: Input should be less than 1"),
    ("layers", {"low": 2.5, "high": 4}, "low to be of the type int, got 2.5"),
    ("width", {"low": 16, "high": 20}, "width reaches 17: .*multiple of 8"),
    ("batch_size", [32, "many"], "batch_size reaches 'many': .*integer"),
]


@pytest.mark.parametrize(("key", "value", "message"), WRONG)
def test_a_wrong_range_is_explained(key: str, value: object, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_space(LOBONET, {key: value}, set())


def test_an_option_that_the_net_has_not_is_refused() -> None:
    with pytest.raises(NetError, match="'mien-s' has no option 'layers'"):
        read_space(TrainSettings(net="mien-s"), {"layers": [3]}, set())


def test_something_must_be_searched() -> None:
    everything = set(read_space(LOBONET, {}, set()))
    with pytest.raises(MienError, match="something to search"):
        read_space(LOBONET, {}, everything)
