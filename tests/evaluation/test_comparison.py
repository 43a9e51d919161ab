import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.classes import FER2013, Vocabulary
from mien.errors import DataError
from mien.evaluation.comparison import compare, mcnemar
from mien.evaluation.predictions import Predictions
from mien.evaluation.results import Comparison, McNemar

# only a, only b, p: the first three by hand, the others by SciPy's binomial test
MCNEMAR = [
    (0, 0, 1.0),
    (5, 1, 2 * 7 / 64),
    (0, 5, 2 / 32),
    (3, 3, 1.0),
    (86, 150, 3.7159361395713866e-05),
    (700, 760, 0.12253442205251179),
    (40, 900, 1.0010870285749225e-212),
]


@pytest.mark.parametrize(("only_a", "only_b", "p"), MCNEMAR)
def test_mcnemar(only_a: int, only_b: int, p: float) -> None:
    assert mcnemar(only_a, only_b) == pytest.approx(p, rel=1e-9)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_takes_no_side(one: int, other: int) -> None:
    assert mcnemar(one, other) == mcnemar(other, one) <= 1


def said(net: str, wrong: range, count: int = 350) -> Predictions:
    """Make a network that reads all faces right but some."""
    labels = (np.arange(count) % 7).astype(np.int8)
    classes = labels.copy()
    classes[list(wrong)] = (classes[list(wrong)] + 1) % 7
    return Predictions(
        net=net,
        sha256="0" * 64,
        names=np.array([f"row {row}" for row in range(count)]),
        splits=np.array(["public"] * count),
        labels=labels,
        probabilities=np.eye(7, dtype=np.float32)[classes],
        pixels=np.array([f"{row:032x}" for row in range(count)]),
    )


def test_a_better_network_is_named() -> None:
    found = compare(said("one", range(50)), said("other", range(40, 60)))
    assert (found.n, found.a.net, found.b.net) == (350, "one", "other")
    assert found.difference.accuracy == pytest.approx(30 / 350)
    assert found.mcnemar == McNemar(only_a=10, only_b=40, p=mcnemar(10, 40))
    assert (found.better, found.better_macro_f1) == ("b", "b")
    for name in ("accuracy", "macro_f1"):
        low, high = getattr(found.interval, name)
        assert 0 < low < getattr(found.difference, name) < high
    # The difference's standard error, from 10 faces of -1 and 40 of +1.
    error = np.sqrt((50 / 350 - (30 / 350) ** 2) / 350)
    low, high = found.interval.accuracy
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_the_sides_may_be_swapped() -> None:
    found = compare(said("other", range(40, 60)), said("one", range(50)))
    assert found.difference.accuracy == pytest.approx(-30 / 350)
    assert (found.better, found.better_macro_f1) == ("a", "a")


@pytest.mark.parametrize("wrong", [range(20), range(20, 40), range(22), range(15, 40)])
def test_a_difference_inside_the_noise_is_no_win(wrong: range) -> None:
    found = compare(said("one", range(20)), said("other", wrong))
    assert (found.better, found.better_macro_f1) == (None, None)


def test_an_interval_without_0_is_not_enough() -> None:
    # Five faces gained and none lost: the bootstrap's interval leaves 0 out, the exact test
    # gives 0.0625.
    found = compare(said("one", range(5)), said("other", range(0)))
    assert found.interval.accuracy[0] > 0
    assert found.mcnemar.p == 0.0625
    assert found.better is None


def test_the_order_of_the_faces_does_not_matter() -> None:
    one, other = said("one", range(50)), said("other", range(40, 60))
    order = np.random.default_rng(0).permutation(350)
    rows = ("names", "splits", "labels", "probabilities", "pixels")
    mixed = dataclasses.replace(other, **{name: getattr(other, name)[order] for name in rows})
    assert compare(one, mixed) == compare(one, other)


def test_other_faces_are_refused() -> None:
    one = said("one", range(5))
    with pytest.raises(DataError, match="350 and 349: row 349 is in only one. Compare"):
        compare(one, said("other", range(5), 349))
    with pytest.raises(DataError, match="is in only one, as are 9 more"):
        compare(one, said("other", range(5), 340))
    with pytest.raises(DataError, match="no face to compare"):
        compare(one, said("other", range(0), 0))
    names = np.append(one.names[:-1], "row 0")
    twice = dataclasses.replace(one, names=names)
    with pytest.raises(DataError, match="row 349 is in only one"):
        compare(one, twice)


def test_other_labels_or_pixels_are_refused() -> None:
    one = said("one", range(5))
    labels, pixels = one.labels.copy(), one.pixels.copy()
    labels[0], pixels[:2] = 6, "f" * 32
    with pytest.raises(DataError, match="The label of 1 of 350 faces differs.* row 0"):
        compare(one, dataclasses.replace(one, labels=labels))
    with pytest.raises(DataError, match="The image of 2 of 350 faces differs.* row 0"):
        compare(one, dataclasses.replace(one, pixels=pixels))


def test_a_comparison_reads_back_from_its_json() -> None:
    found = compare(said("one", range(50)), said("other", range(40, 60)))
    content = json.loads(found.to_json())
    assert content["better"] == "b"
    assert Comparison.model_validate(content) == found


def test_classes_in_another_order_are_the_same_classes() -> None:
    one, other = said("one", range(50)), said("other", range(40, 60))
    reversed_ = Vocabulary.named(FER2013.names[::-1])
    assert compare(one, other.relabelled(reversed_)) == compare(one, other)


def test_other_classes_are_refused() -> None:
    one = said("one", range(5))
    names = Vocabulary.named([*FER2013.names[:6], "contempt"])
    with pytest.raises(DataError, match="surprise and contempt, the other .* surprise and neutral"):
        compare(one, dataclasses.replace(one, vocabulary=names))


def test_networks_of_other_crops_are_compared_on_the_same_data() -> None:
    one, other = said("one", range(50)), said("other", range(40, 60))
    large = dataclasses.replace(
        other, crop_shape=(112, 112, 3), pixels=np.array(["f" * 32] * 350)
    )
    assert compare(one, large) == compare(one, other)
    elsewhere = dataclasses.replace(large, sha256="1" * 64)
    with pytest.raises(DataError, match="measured on different data sets"):
        compare(one, elsewhere)
