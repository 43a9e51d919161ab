import csv
import dataclasses
import io
import json

import numpy as np

from mien.classes import NAMES, Expression
from mien.media.sinks import COLUMNS, Reading, to_csv, to_json
from mien.perception.face import Face

CHANCES = np.array([0.05, 0, 0, 0.9, 0, 0.05, 0], np.float32)
FACE = Face((10.26, 20, 30, 40), np.ones((5, 2), np.float32), CHANCES, sure=False)
READINGS = [Reading("Größe, 1.jpg", 100, 80, [FACE]), Reading("none.jpg", 3, 2, [])]


def test_json_is_an_array_in_the_order_given():
    first, second = json.loads(to_json(READINGS))
    assert (first["source"], first["width"], first["height"]) == ("Größe, 1.jpg", 100, 80)
    (face,) = first["faces"]
    assert face["box"] == [10.3, 20, 30, 40]
    assert face["expression"] == "happy"
    assert tuple(face["probabilities"]) == NAMES
    assert second == {"source": "none.jpg", "width": 3, "height": 2, "faces": []}


def test_csv_has_a_row_a_face():
    rows = list(csv.DictReader(io.StringIO(to_csv(READINGS))))
    assert tuple(rows[0]) == COLUMNS
    assert COLUMNS[:9] == (
        "source", "face", "x", "y", "w", "h", "expression", "confidence", "sure",
    )
    assert COLUMNS[9:] == tuple(f"p_{name}" for name in NAMES)
    assert rows[0]["source"] == "Größe, 1.jpg"
    assert [rows[0][key] for key in ("face", "x", "expression", "confidence", "sure")] == [
        "1", "10.3", "happy", "0.9", "false",
    ]
    assert rows[0]["p_surprise"] == "0.05"
    assert rows[1] == dict.fromkeys(COLUMNS, "") | {"source": "none.jpg"}


def test_nothing_read_is_an_empty_array_and_a_bare_header():
    assert json.loads(to_json([])) == []
    assert to_csv([]) == ",".join(COLUMNS) + "\n"


def test_sets_are_columns_where_they_were_asked_for():
    both = (Expression.happy, Expression.angry)
    face = dataclasses.replace(FACE, expressions=both, coverage=0.9)
    readings = [Reading("one.jpg", 100, 80, [face]), READINGS[1]]
    rows = list(csv.DictReader(io.StringIO(to_csv(readings, sets=True))))
    assert tuple(rows[0]) == (*COLUMNS, "set", "coverage")
    assert (rows[0]["set"], rows[0]["coverage"]) == ("happy angry", "0.9")
    assert (rows[1]["set"], rows[1]["coverage"]) == ("", "")
    assert "set" not in to_csv(readings).splitlines()[0].split(",")
