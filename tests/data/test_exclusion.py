"""Leaving out the faces that a CSV lists."""

from pathlib import Path

import pytest

from mien.data import Samples
from mien.data.exclusion import check_reasons, exclude, read_exclusion
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


@pytest.mark.parametrize("content", ["file\nrow 3\n", "File;why\nrow 3;dark\n"])
def test_a_list_of_one_s_own(samples: Samples, tmp_path: Path, content: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(content)
    assert set(samples.names) - set(exclude(samples, path).names) == {"row 3"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Expected a column 'name' in .*, found none. Name a CSV that"),
        (b"face,reason\nrow 3,blank\n", "Expected a column 'name' in .*, found face, reason."),
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


def test_faces_are_counted_by_reason(samples: Samples, listed: Path) -> None:
    exclusion = read_exclusion(samples, listed)
    assert exclusion.counts() == {"blank": 1, "drawing": 1, "no_vote": 1}
    assert int(exclusion.listed.sum()) == 2
    public = exclusion.within(samples.splits == "public")
    assert public.counts() == {"blank": 0, "drawing": 0, "no_vote": 0}
    assert not public.listed.any()
    assert read_exclusion(samples, listed, ["no_vote"]).counts() == {"no_vote": 1}


def test_a_list_without_reasons_gives_none(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("name\nrow 3\n")
    assert read_exclusion(samples, path).counts() == {}


def test_codes_of_earlier_versions_are_read(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    path.write_text("name,split,label,reason\nrow 3,train,happy,exact_twin\nrow 4,,,near_twin\n")
    assert read_exclusion(samples, path).counts() == {"exact_duplicate": 1, "near_duplicate": 1}
    for code in ("near_twin", "near_duplicate"):
        assert read_exclusion(samples, path, [code]).counts() == {"near_duplicate": 1}


def test_a_reason_that_the_list_does_not_have(samples: Samples, listed: Path) -> None:
    with pytest.raises(DataError, match="reason 'blanc'. Did you mean 'blank'. Its reasons"):
        check_reasons(read_exclusion(samples, listed, ["blanc"]))
    check_reasons(read_exclusion(samples, listed, ["blank"]))


def test_a_list_of_other_data_with_the_same_names(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "audit.csv"
    # Row 3 is happy, row 4 is sad.
    path.write_text("name,label,reason\nrow 3,happy,blank\nrow 4,fear,blank\n")
    with pytest.raises(
        DataError, match="it labels row 4 fear, and the data sad; so do 1 of its 2 faces"
    ):
        exclude(samples, path)
