from pathlib import Path

import pytest

from mien.errors import DataError
from mien.fer2013 import Samples
from mien.fer2013.exclude import exclude


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
        (b"name\nrow 3\nrow 900\nrow 901\n", "names 2 faces that .* such as 'row 900'. Use the"),
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
