"""Joining files about faces with the faces."""


import numpy as np
import pytest

from mien.data.join import match_names, read_lines, with_faces
from mien.errors import DataError

NAMES = ["train/a.jpg", "train/b.jpg", "test/b.jpg", "row 3"]


@pytest.mark.parametrize(
    ("listed", "rows"),
    [
        (["row 3", "train/a.jpg"], [3, 0]),
        # By the file's own name, where one face has it.
        (["a.jpg"], [0]),
        (["test/b.jpg", "train/b.jpg"], [2, 1]),
        # In another folder of the same data.
        (["/home/me/faces/train/a.jpg", "old/a.jpg"][:1], None),
        ([], []),
    ],
)
def test_faces_are_matched_by_name(listed, rows):
    if rows is None:
        with pytest.raises(DataError, match="names 1 face that the data does not have: /home"):
            match_names(listed, NAMES, "x.csv")
    else:
        matched = match_names(listed, NAMES, "x.csv")
        assert matched.tolist() == rows
        assert matched.dtype == np.intp


@pytest.mark.parametrize(
    ("listed", "problem"),
    [
        (["b.jpg"], "x.csv names 1 face that the data does not have: b.jpg. Write names as the"),
        ([f"no {row}" for row in range(5)], "names 5 faces .*: no 0, no 1, no 2 and 2 more. Write"),
        (["a.jpg", "train/a.jpg"], "x.csv names train/a.jpg twice"),
    ],
)
def test_names_that_do_not_match(listed, problem):
    with pytest.raises(DataError, match=problem):
        match_names(listed, NAMES, "x.csv")


def test_the_fix_and_the_setting_are_the_callers():
    with pytest.raises(DataError, match=r"Do this\.$") as caught:
        match_names(["b"], [], "x.csv", "Do this.", "groups")
    assert caught.value.setting == "groups"


# a heading, what the column of faces is to be called, the heading then
HEADINGS = [
    (["file", " age "], "file", ["file", "age"]),
    (["name", "age"], "file", ["file", "age"]),
    (["File", "age"], "name", ["name", "age"]),
    (["file", "name"], "name", ["file", "name"]),
    (["file", "name"], "file", ["file", "name"]),
    (["age"], "file", ["age"]),
]


@pytest.mark.parametrize(("heading", "column", "expected"), HEADINGS)
def test_the_column_of_faces_has_two_names(heading, column, expected):
    assert with_faces(heading, column) == expected


def test_what_is_no_csv_names_its_setting(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe")
    for name, problem in (("x.csv", "Expected a CSV in"), ("none.csv", "Cannot read")):
        with pytest.raises(DataError, match=f"{problem}.*Do this") as caught:
            read_lines(tmp_path / name, "Do this.", "exclude")
        assert caught.value.setting == "exclude"
