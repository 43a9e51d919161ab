import dataclasses
import runpy
from pathlib import Path

import numpy as np
import pytest

from mien.classes import FER2013, Vocabulary
from mien.perception.face import Face
from mien.perception.picture import Picture
from mien.perception.table_columns import Table, valence

make = runpy.run_path(str(Path(__file__).parents[1] / "video_frames.py"))

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


def test_a_frames_rows_have_its_time_its_marker_and_what_was_before_smoothing():
    raw = [0.1, 0, 0, 0.7, 0, 0.2, 0]
    faces = [make["face"]("happy", 0.4, face_id=3, raw=raw), make["face"]("sad", face_id=7)]
    # The class that is shown need not be the most probable one.
    probabilities = np.array([0, 0, 0, 0.4, 0.6, 0, 0], np.float32)
    faces[0] = dataclasses.replace(faces[0], probabilities=probabilities)
    picture = make["frame"](1 / 3, *faces, number=10, marker="film")
    first, second = named(picture, prediction_sets=True)
    assert list(first)[22:29] == [f"raw_p_{name}" for name in FER2013.names]
    assert list(first)[29:] == ["prediction_set", "coverage"]
    moment = {"source": "clip.mp4", "frame": 10, "time": 0.333333, "marker": "film", "success": 1}
    assert first.items() >= (moment | {"face_id": 3, "expression": "happy"}).items()
    assert (first["confidence"], first["p_sad"], first["valence"]) == (0.4, 0.6, -0.2)
    assert [first[f"raw_p_{name}"] for name in ("angry", "happy", "surprise")] == [0.1, 0.7, 0.2]
    assert second.items() >= (moment | {"face_id": 7, "raw_p_sad": 0.9}).items()


def test_a_frame_without_a_face_keeps_time_and_marker():
    (row,) = named(make["frame"](2.5, number=4, marker="film"))
    moment = {"source": "clip.mp4", "frame": 4, "time": 2.5, "success": 0, "marker": "film"}
    assert row == dict.fromkeys(Table(FER2013, video=True).names) | moment


def test_a_photo_in_a_table_with_clips_has_empty_cells_for_what_it_lacks():
    table = Table(FER2013, video=True)
    (row,) = table.rows(Picture("a.jpg", 9, 9, (FACE,), "n", FER2013))
    cells = dict(zip(table.names, row, strict=True))
    assert [cells[name] for name in ("frame", "time", "marker", "raw_p_happy")] == [None] * 4
    assert (cells["face_id"], cells["p_happy"]) == (0, 0.9)


@pytest.mark.parametrize("time", [0.0, 1e-6, 1 / 90000, 0.033366700033, 7199.9666, 1001 / 24000])
def test_times_are_within_a_microsecond_of_the_stamp(time):
    ((_, _, cell, *_),) = Table(FER2013, video=True).rows(make["frame"](time))
    assert abs(float(str(cell)) - time) <= 5e-7
