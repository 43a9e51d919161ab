"""Arguments of the wrong type are answered with a sentence."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

import mien
from mien.arguments import checked
from mien.data import read
from mien.errors import MienError, SettingsError
from mien.export import export
from mien.settings import Settings, load
from mien.training import Run, resume, train
from mien.tuning import tune

if TYPE_CHECKING:
    from decimal import Decimal


@checked
def function(
    path: str | Path = "a",
    *,
    number: float = 0.5,
    count: int | None = None,
    switch: bool = False,
    names: Literal["all"] | Sequence[str] | None = None,
    levels: float | Sequence[float] = 0.5,
    colour: Literal["gray", "RGB"] = "gray",
    table: Mapping[str, int] | None = None,
    image: NDArray[np.uint8] | None = None,
    sources: Iterable[Any] = (),
    unknown: Decimal | None = None,
    **rest: object,
) -> str:
    """Document it."""
    return f"{path} {number} {count} {names}"


# what is right
RIGHT: list[dict[str, Any]] = [
    {},
    {"path": Path("b"), "number": 1, "count": np.int64(3), "switch": np.bool_(True)},
    {"number": np.float32(0.5), "levels": [0.8, 1], "names": "all"},
    {"names": ["a", "b"], "levels": np.float64(0.9), "colour": "RGB"},
    {"names": (), "table": {"a": 1}, "image": np.zeros((2, 2), np.uint8), "unknown": "x"},
    {"sources": iter([1, "a"]), "more": 3},
    {"colour": "grey"},  # which texts a function knows it says itself
]


@pytest.mark.parametrize("values", RIGHT)
def test_what_is_right_goes_on(values: dict[str, Any]) -> None:
    assert function(**values).startswith(str(values.get("path", "a")))


# what is wrong, what the message must hold
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"path": None}, "expects a text or a path as path, got None. See help("),
    ({"path": 3}, "expects a text or a path as path, got 3."),
    ({"path": ["a"]}, "expects a text or a path as path, got ['a']."),
    ({"number": "0.5"}, "expects a number as number, got '0.5'."),
    ({"number": None}, "expects a number as number, got None."),
    ({"count": 1.5}, "expects a whole number or None as count, got 1.5."),
    ({"switch": "yes"}, "expects True or False as switch, got 'yes'."),
    ({"names": "blur"}, "'all', a list of texts or None as names, got 'blur'. Put it into a list"),
    ({"names": [1]}, "as names, got [1]. See help("),
    ({"levels": "0.9"}, "a number or a list of numbers as levels, got '0.9'. See help("),
    ({"levels": ["0.9"]}, "as levels, got ['0.9']."),
    ({"colour": 3}, "expects 'gray' or 'RGB' as colour, got 3."),
    ({"table": ["a"]}, "expects a Mapping or None as table, got ['a']."),
    ({"image": "a.png"}, "expects a NumPy array or None as image, got 'a.png'."),
    ({"sources": "a.png"}, "expects a list as sources, got 'a.png'. Put it into a list: ['a.png']"),
    ({"sources": None}, "expects a list as sources, got None. See help("),
    ({"path": object()}, "got a object."),
]


@pytest.mark.parametrize(("values", "message"), WRONG)
def test_what_is_wrong_is_a_sentence(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        function(**values)
    assert message in str(caught.value)
    assert caught.value.setting == next(iter(values))


def test_a_missing_or_unknown_argument_is_pythons_error() -> None:
    with pytest.raises(TypeError, match="missing a required argument: 'data'"):
        mien.evaluate()  # type: ignore[call-arg]
    guess = r"unexpected keyword argument 'nett'\. Did you mean 'net'\?$"
    with pytest.raises(TypeError, match=guess):
        mien.detect("a.jpg", nett="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=guess):
        mien.Reader(nett="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'zebra'$"):
        mien.Reader(zebra="x")  # type: ignore[call-arg]


def test_a_checked_function_is_still_itself() -> None:
    assert (function.__name__, function.__doc__) == ("function", "Document it.")
    assert pickle.loads(pickle.dumps(mien.detect)) is mien.detect


NOTHING: Any = None
WORD: Any = "happy"
SWAPPED: Any = (["runs/x"], "my-net")
READER = mien.Reader()
FACE: Any = READER.read(np.zeros((8, 8, 3), np.uint8))

# a call that users get wrong, what the message must hold
CALLS: list[tuple[Callable[[], object], str]] = [
    (lambda: mien.detect(NOTHING), "Expected a picture: a path"),
    (lambda: mien.detect("a.jpg", NOTHING), "mien.detect expects a text or a path as net"),
    (lambda: mien.detect("a.jpg", min_confidence=NOTHING), "a number as min_confidence, got None"),
    (lambda: mien.Reader(threads=0), "Expected threads from 1 up, got 0."),
    (lambda: mien.Reader(max_megapixels=-1), "above 0, got -1."),
    (lambda: READER.read_many("a.jpg"), "Put it into a list: ['a.jpg']."),
    (lambda: READER.read_many(NOTHING), "mien.Reader.read_many expects a list as sources"),
    (lambda: READER.classify(SWAPPED), "mien.Reader.classify expects a NumPy array as crops"),
    (lambda: mien.explain(FACE), "mien.explain expects a Face as face, got a Picture."),
    (lambda: mien.evaluate(NOTHING), "mien.evaluate expects a text, a path or a Samples as data"),
    (lambda: mien.evaluate("mien-s", "data.zip"), "There is no network 'data.zip'."),
    (lambda: mien.evaluate("a", corrupt="blur"), "Put it into a list: ['blur']."),
    (lambda: mien.evaluate("a", coverage=90), "Expected coverage above 0 and up to 1, got 90."),
    (lambda: mien.evaluate("a", coverage=[0.8, 90]), "coverage above 0 and up to 1, got 90."),
    (lambda: mien.evaluate("a", target_accuracy=90), "target_accuracy above 0 and up to 1, got"),
    (lambda: mien.evaluate("a", votes=FACE), "mien.evaluate expects a text, a path or None as vo"),
    (lambda: mien.compare(NOTHING, NOTHING), "as a, got None. See help(mien.compare)."),
    (lambda: mien.Vocabulary.named(WORD), "Put it into a list: ['happy']."),
    (lambda: train(NOTHING), "mien.training.train expects a Settings as settings, got None."),
    (lambda: train(Settings(), SWAPPED), "expects a Samples or None as samples"),
    (lambda: resume("nowhere"), "Expected a run with a config.toml in nowhere, found none."),
    (lambda: Run.open("nowhere"), "Expected a run with a config.toml in nowhere, found none."),
    (lambda: tune(NOTHING, NOTHING), "mien.tuning.tune expects a Settings as settings, got None."),
    (lambda: export("runs/a", "b"), "Put it into a list: ['runs/a']."),
    (lambda: export(*reversed(SWAPPED)), "mien.export.export expects a list of texts or paths"),
    (lambda: export([NOTHING], "b"), "as sources, got [None]."),
    (lambda: export(["lobonet"], NOTHING), "expects a text as name, got None."),
    (lambda: read(NOTHING), "mien.data.read expects a text or a path as path, got None."),
    (lambda: load("nowhere.toml"), "The settings file nowhere.toml does not exist."),
    (lambda: load(train=3), "Setting 'train' is 3: it should be a"),
]


@pytest.mark.parametrize(("call", "message"), CALLS)
def test_users_mistakes_in_python_are_sentences(
    call: Callable[[], object], message: str
) -> None:
    with pytest.raises(MienError) as caught:
        call()
    assert message in str(caught.value)
