import copy
import json
import pickle

import numpy as np
import pytest

from mien.classes import (
    FER2013,
    MAX_CLASSES,
    NAMES,
    Expression,
    Vocabulary,
    from_hex,
    to_hex,
)
from mien.errors import DataError

DRIVER = Vocabulary.named(["awake", "tired", "yawning"], {"tired": "🫠"}, {"awake": (1, 2, 3)})


def test_fer2013_has_its_seven_in_their_order() -> None:
    assert NAMES == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    assert [expression.number for expression in FER2013] == list(range(7))
    assert FER2013.emoji == ("😠", "🤢", "😨", "😄", "😢", "😲", "😐")
    assert FER2013.colours[3] == (240, 228, 66)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (NAMES, True),
        (tuple(reversed(NAMES)), False),  # labels are numbers, so the order counts
        (NAMES[:6], False),
        ((*NAMES, "contempt"), False),
        (("awake", "tired"), False),
    ],
)
def test_fer2013_is_known_by_its_names_in_order(names: tuple[str, ...], expected: bool) -> None:
    assert Vocabulary.named(names, {"happy": "🙂"}).is_fer2013 is expected


def test_an_expression_is_its_name() -> None:
    happy = FER2013[3]
    assert happy == "happy" == Expression("happy")
    assert hash(happy) == hash("happy")
    assert {"happy": 1}[happy] == 1
    assert f"{happy} {happy:>7}" == "happy   happy"
    assert (happy.name, happy.number, happy.emoji) == ("happy", 3, "😄")
    assert type(happy.name) is str
    assert repr(happy) == "Expression('happy')"
    assert json.dumps([happy]) == '["happy"]'


@pytest.mark.parametrize("expression", [FER2013["sad"], DRIVER["tired"]])
def test_an_expression_survives_pickling_and_copying(expression: Expression) -> None:
    for other in (
        pickle.loads(pickle.dumps(expression)),
        copy.copy(expression),
        copy.deepcopy(expression),
    ):
        assert type(other) is Expression
        assert other == expression
        assert vars(other) == vars(expression)


def test_a_name_that_fer2013_has_not_is_refused() -> None:
    with pytest.raises(DataError, match="no class 'joy'. Use one of angry, disgust, .* and neut"):
        Expression("joy")
    with pytest.raises(DataError, match="no class 'happy'. Use one of awake, tired and yawning"):
        DRIVER["happy"]


def test_classes_are_found_by_number_and_name() -> None:
    assert DRIVER["tired"] == DRIVER[1] == DRIVER[np.int8(1)] == DRIVER[-2] == "tired"
    assert DRIVER[-1].number == 2
    assert type(DRIVER[np.int8(1)].number) is int
    assert DRIVER.index("yawning") == 2
    assert "awake" in DRIVER and DRIVER[0] in DRIVER and "happy" not in DRIVER
    assert len(DRIVER) == 3
    assert list(DRIVER) == ["awake", "tired", "yawning"]
    assert list(reversed(DRIVER)) == ["yawning", "tired", "awake"]
    with pytest.raises(IndexError):
        DRIVER[3]


def test_what_is_given_replaces_the_defaults() -> None:
    assert DRIVER.emoji == ("🙂", "🫠", "🥱")
    assert DRIVER.colours == ((1, 2, 3), (230, 159, 0), (0, 158, 115))


def test_every_class_has_an_emoji_and_a_colour_of_its_own() -> None:
    many = Vocabulary.named([f"class {number}" for number in range(MAX_CLASSES)])
    assert len(set(many.colours)) == MAX_CLASSES
    assert all(0 <= value <= 255 for colour in many.colours for value in colour)
    assert len(set(many.emoji[:9])) == 9
    # A name of FER-2013 keeps what it has there, wherever it stands.
    mixed = Vocabulary.named(["contempt", "Happy"])
    assert mixed.emoji == ("😒", "😄")
    assert mixed.colours[1] == FER2013.colours[3]


@pytest.mark.parametrize("vocabulary", [FER2013, DRIVER])
def test_a_vocabulary_survives_json_and_pickling(vocabulary: Vocabulary) -> None:
    classes = json.loads(json.dumps(vocabulary.to_list()))
    assert classes[1].keys() == {"name", "emoji", "colour"}
    assert Vocabulary.from_list(classes) == vocabulary
    assert pickle.loads(pickle.dumps(vocabulary)) == vocabulary
    assert Vocabulary.from_list([{"name": name} for name in NAMES]) == FER2013


# class names, what the message must hold
WRONG_NAMES = [
    ([], "Expected 2 to 100 classes, got 0[.]"),
    (["one"], "Expected 2 to 100 classes, got 1: one[.]"),
    ([str(number) for number in range(101)], "got 101: 0, 1, 2, 3, 4[.]"),
    (["a", ""], "different class names, got 'a', ''"),
    (["a", " "], "different class names, got 'a', ' '"),
    (["a", "b", "a"], "different class names, got 'a', 'b', 'a'"),
    (["a", "b|c"], r"without '\|' and line breaks, got 'b\|c': tables .* write '\|' between"),
    (["a\nb", "c"], r"without '\|' and line breaks, got 'a\\nb'"),
]


@pytest.mark.parametrize(("names", "message"), WRONG_NAMES)
def test_wrong_names_are_refused(names: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Vocabulary.named(names)


def test_emoji_and_colours_must_be_as_many_as_names() -> None:
    with pytest.raises(DataError, match="each of 2 classes, got 1 and 2"):
        Vocabulary(("a", "b"), ("🙂",), ((0, 0, 0), (1, 1, 1)))


# what a file holds, what the message must hold
WRONG_LISTS = [
    ([{"emoji": "🙂"}, {"name": "b"}], "Expected a list of classes, each with name"),
    ([{"name": 3}, {"name": "b"}], "Expected a list of classes"),
    ([{"name": "a", "emoji": 3}, {"name": "b"}], "Expected a list of classes"),
    ([{"name": "a", "colour": 3}, {"name": "b"}], "Expected a list of classes"),
    ([{"name": "a", "colour": "red"}, {"name": "b"}], "a colour such as #33aa55, got 'red'"),
    ([{"name": "a", "colour": "#12345"}, {"name": "b"}], "got '#12345'"),
    (["a", "b"], "Expected a list of classes"),
]


@pytest.mark.parametrize(("classes", "message"), WRONG_LISTS)
def test_a_wrong_list_of_classes_is_refused(classes: list, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Vocabulary.from_list(classes)


def test_colours_are_written_in_hexadecimal() -> None:
    assert to_hex((0, 158, 255)) == "#009eff"
    assert from_hex("#009eff") == from_hex("009EFF") == (0, 158, 255)


@pytest.mark.parametrize("sign", ["\0", "\x1b[31m", "a\nb", "sleepyhead", "😀😀"])
def test_an_emoji_that_is_no_sign_is_refused(sign: str) -> None:
    with pytest.raises(DataError, match="one emoji or up to two letters for the class 'b'"):
        Vocabulary.named(["a", "b"], emoji={"b": sign})
    with pytest.raises(DataError) as caught:
        Vocabulary.from_list([{"name": "a"}, {"name": "b", "emoji": sign}])
    assert str(caught.value).isprintable()


def test_no_two_of_many_classes_have_the_same_emoji() -> None:
    emoji = Vocabulary.named([f"class{number:03}" for number in range(100)]).emoji
    assert (emoji[0], emoji[8], emoji[9], emoji[25], emoji[26]) == ("🔵", "⚫", "J", "Z", "AA")
    assert len(set(emoji)) == 100
