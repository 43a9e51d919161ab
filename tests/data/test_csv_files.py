"""CSV files with commas, semicolons or tabs."""

import os
from pathlib import Path

import pytest

from mien.data.csv_files import open_csv, separator
from mien.errors import DataError

# a heading, what separates its cells
HEADINGS = [
    ("file,expression", ","),
    ("emotion;pixels;Usage", ";"),
    ("name\treason\tlabel", "\t"),
    ("name", ","),
    ("", ","),
    # In quotes, or rarer than the separator.
    ('"a;b;c",light', ","),
    ("file;age, in years;light", ";"),
]


@pytest.mark.parametrize(("heading", "expected"), HEADINGS)
def test_the_heading_tells_what_separates(heading: str, expected: str) -> None:
    assert separator(heading) == expected


@pytest.mark.parametrize("mark", ",;\t")
def test_cells_are_read(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "x.csv"
    text = f'\ufefffile{mark}side\r\n"a, b.jpg"{mark}left\r\n'
    path.write_bytes(text.encode())
    with open_csv(path) as lines:
        assert list(lines) == [["file", "side"], ["a, b.jpg", "left"]]


def test_a_line_as_long_as_the_limit_is_read_and_a_longer_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name\n" + "x" * 99 + "\n")
    with open_csv(path, longest=100) as lines:
        assert [len(cell) for (cell,) in lines] == [4, 99]
    path.write_text("name\n" + "x" * 100 + "\n")
    with pytest.raises(DataError, match="Line 2 of .* has more than 100 characters") as caught:
        with open_csv(path, longest=100) as lines:
            list(lines)
    assert caught.value.setting == "max_csv_line"


def test_a_csv_without_line_breaks_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.touch()
    os.truncate(path, 20 * 10**9)  # takes no room on the disk
    with pytest.raises(DataError, match="Line 1 of .* has more than 1,048,576 characters"):
        with open_csv(path) as lines:
            list(lines)
