"""Joining files about faces with the faces."""

from pathlib import Path

import numpy as np
import pytest

from mien.data import Samples
from mien.data.join import exclude, match_names
from mien.errors import DataError


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "audit.csv"
    rows = ["name,reason", "row 3,blank", "row 5,no_vote", "row 3,drawing"]
    path.write_text("\n".join(rows) + "\n")
    return path


def test_listed_faces_are_dropped(samples: Samples, listed: Path) -> None:
    left = exclude(samples, listed)
    assert len(left) == 138
    assert left.names[:5].tolist() == ["row 0", "row 1", "row 2", "row 4", "row 6"]
    assert (left.images[3] == samples.images[4]).all()
    assert left.labels[3] == samples.labels[4]
    assert left.sha256 == samples.sha256


def test_only_some_reasons(samples: Samples, listed: Path) -> None:
    assert set(samples.names) - set(exclude(samples, listed, ["blank"]).names) == {"row 3"}
    assert len(exclude(samples, listed, ["few_grays"])) == 140


def test_only_one_split(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "audit.csv"
    path.write_text("name\nrow 3\nrow 120\n")
    assert set(samples.names) - set(exclude(samples, path, split="train").names) == {"row 3"}


def test_excel_s_mark_and_an_empty_list(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("name\n", encoding="utf-8-sig")
    assert exclude(samples, path) is samples


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Expected a column 'name' in .*, found none. Name the audit.csv"),
        (b"file,reason\nrow 3,blank\n", "Expected a column 'name' in .*, found file, reason."),
        (b"name\nrow 3\nrow 900\nrow 901\n", "names 2 faces that .* have: row 900, row 901. Use"),
        (b"\xff\xfe\x00", "Expected a CSV in"),
    ],
)
def test_wrong_lists(samples: Samples, tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=sentence):
        exclude(samples, path)


def test_no_list(samples: Samples, listed: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Cannot read .*none.csv: No such file"):
        exclude(samples, tmp_path / "none.csv")
    listed.write_text("name\nrow 3\n")
    with pytest.raises(DataError, match="Expected a column 'reason'"):
        exclude(samples, listed, ["blank"])


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
