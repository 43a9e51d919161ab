import numpy as np
import pytest

from mien.classes import FER2013, Vocabulary
from mien.perception.face import Face
from mien.perception.picture import Picture
from mien.perception.table_columns import Table, valence

CHANCES = np.array([0.05, 0, 0, 0.9, 0, 0.05, 0], np.float32)
FACE = Face((10.26, 20, 30, 40), np.ones((5, 2), np.float32), CHANCES, 0.81234, FER2013, sure=False)

COLUMNS = [
    "source", "frame", "time", "face_id", "success", "x", "y", "width", "height", "score",
    "expression", "confidence", "sure",
    "p_angry", "p_disgust", "p_fear", "p_happy", "p_sad", "p_surprise", "p_neutral",
    "valence", "marker",
]


def named(picture, prediction_sets=False):
    table = Table.of(picture, prediction_sets)
    return [dict(zip(table.names, row, strict=True)) for row in table.rows(picture)]


def test_the_columns_are_the_contract():
    assert list(Table(FER2013).names) == COLUMNS
    sets = ["prediction_set", "coverage"]
    assert list(Table(FER2013, prediction_sets=True).names) == [*COLUMNS, *sets]
    raw = [f"raw_{name}" for name in COLUMNS if name.startswith("p_")]
    assert list(Table(FER2013, video=True).names) == [*COLUMNS, *raw]
    assert list(Table(FER2013, True, True).names) == [*COLUMNS, *raw, *sets]
    own = Table(Vocabulary.named(["awake", "tired"])).names
    assert list(own) == [*COLUMNS[:13], "p_awake", "p_tired", "valence", "marker"]


def test_a_row_for_each_face_counted_from_0():
    first, second = named(Picture("a.jpg", 9, 9, (FACE, FACE), "n", FER2013))
    assert first == {
        "source": "a.jpg", "frame": None, "time": None, "face_id": 0, "success": 1,
        "x": 10.3, "y": 20.0, "width": 30.0, "height": 40.0, "score": 0.8123,
        "expression": "happy", "confidence": 0.9, "sure": False,
        "p_angry": 0.05, "p_disgust": 0.0, "p_fear": 0.0, "p_happy": 0.9, "p_sad": 0.0,
        "p_surprise": 0.05, "p_neutral": 0.0, "valence": 0.85, "marker": None,
    }
    assert second == first | {"face_id": 1}


def test_a_picture_without_a_face_has_a_row_that_says_so():
    (row,) = named(Picture("bare.jpg", 9, 9, (), "n", FER2013), prediction_sets=True)
    empty = dict.fromkeys([*COLUMNS, "prediction_set", "coverage"])
    assert row == empty | {"source": "bare.jpg", "success": 0}


@pytest.mark.parametrize(
    ("names", "chances", "expected"),
    [
        (FER2013.names, [0.1, 0.2, 0, 0.5, 0.15, 0.05, 0], 0.3),
        (FER2013.names, [0.1, 0, 0, 0.1, 0.7, 0, 0.1], -0.6),
        (("happy", "sad"), [0.25, 0.75], -0.5),
        (("happy", "neutral"), [0.25, 0.75], None),
        (("sad", "neutral"), [0.25, 0.75], None),
        (("awake", "tired"), [0.25, 0.75], None),
    ],
)
def test_valence_is_happy_minus_the_largest_negative(names, chances, expected):
    vocabulary = Vocabulary.named(names)
    assert valence(np.array(chances, np.float32), vocabulary) == expected
