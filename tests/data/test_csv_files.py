"""CSV files with commas, semicolons or tabs."""

from pathlib import Path

import pytest

from mien.data.csv_files import open_csv, separator

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
