import pytest

from mien import nets
from mien.errors import SettingsError
from mien.nets import Choice, FloatRange, IntRange, Range
from mien.settings import TrainSettings

# how a range is made, what the message must hold
EMPTY = [
    (lambda: FloatRange(0.4, 0.1), "low end to a higher one, got 0.4 to 0.1"),
    (lambda: FloatRange(0.1, 0.1), "got 0.1 to 0.1"),
    (lambda: FloatRange(0.0, float("nan")), "got 0 to nan"),
    (lambda: FloatRange(0.0, 1.0, log=True), "begins above 0, got 0 to 1, by ratio"),
    (lambda: IntRange(6, 3), "got 6 to 3"),
    (lambda: IntRange(16, 44, 8), "steps that lead .* got 16 to 44 in steps of 8"),
    (lambda: IntRange(1, 3, 0), "steps that lead"),
    (lambda: Choice(()), "at least one choice"),
    (lambda: Choice((32, 64, 32)), "different choices, got 32, 64, 32"),
]


@pytest.mark.parametrize(("make", "message"), EMPTY)
def test_an_empty_range_is_refused(make: type[Range], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        make()


def test_whole_numbers_include_both_ends() -> None:
    assert IntRange(16, 40, 8).values == (16, 24, 32, 40)


@pytest.mark.parametrize("name", [entry.name for entry in nets.entries()])
def test_each_net_has_a_space_of_settings_that_it_has(name: str) -> None:
    entry = nets.entry(name)
    assert set(entry.space) <= set(TrainSettings.model_fields)
    assert set(entry.space) & {"layers", "width", "dense", "normalise"} <= set(entry.options)
    needed = {"learning_rate", "weight_decay", "dropout", "batch_size", "width", "zoom"}
    assert needed <= set(entry.space)


def test_the_study_s_best_net_is_searched_where_its_weights_stay_few() -> None:
    space = nets.entry("lobonet").space
    assert space["width"] == IntRange(16, 40, 8)
    assert space["layers"] == IntRange(3, 6)
    assert space["learning_rate"] == FloatRange(5e-4, 1e-2, log=True)
