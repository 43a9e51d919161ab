from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mien.data import read, records
from mien.errors import DataError
from mien.settings import LimitSettings

MakeCsv = Callable[..., Path]

FLAT = " ".join(["7"] * 2304)
SPLITS = {"Training": "train", "PublicTest": "public", "PrivateTest": "private"}


def test_header_with_spaces_in_another_order(tmp_path: Path) -> None:
    path = tmp_path / "icml_face_data.csv"
    path.write_text(f"emotion, Usage, pixels\n3,PublicTest,{FLAT}\n\n6,Training,{FLAT}\n\n")
    samples = read(path)
    assert samples.labels.tolist() == [3, 6]
    assert samples.splits.tolist() == ["public", "train"]
    assert samples.names.tolist() == ["row 0", "row 1"]
    assert (samples.images == 7).all()


def test_a_line_longer_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "fer2013.csv"
    row = f"3,{FLAT}"
    path.write_text(f"emotion,pixels\n{row}\n")
    assert len(read(path, limits=LimitSettings(max_csv_line=len(row) + 1))) == 1
    with pytest.raises(DataError, match="Line 2 of .* has more than") as caught:
        list(records(path, limits=LimitSettings(max_csv_line=len(row))))
    assert caught.value.setting == "max_csv_line"


def test_without_usage_there_is_one_split(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text(f"emotion,pixels\nhappy,{FLAT}\n")
    assert read(path).splits.tolist() == ["all"]
    assert read(path).labels.tolist() == [3]


def test_a_part_of_the_original_gives_its_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "part.csv"
    path.write_text(f"row,emotion,pixels\n12,3,{FLAT}\n 007 ,6,{FLAT}\n")
    assert read(path).names.tolist() == ["row 12", "row 7"]
    path.write_text(f"row,emotion,pixels\n1,3,{FLAT}\n1,6,{FLAT}\nx,6,{FLAT}\n,6,{FLAT}\n")
    samples = read(path, skip_bad=True)
    assert samples.names.tolist() == ["row 1"]
    twice, wrong, empty = samples.skipped
    assert "row 1 (line 3) repeats a number in the column row." in twice
    assert "row 2 (line 4) has 'x' in the column row, not a whole number." in wrong
    assert "row 3 (line 5) has '' in the column row, not a whole number." in empty


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ((0, " ".join(["7"] * 2303), "Training"), r"row 1 \(line 3\) has 2,303 pixels"),
        ((0, "x" + FLAT[1:], "Training"), "has the pixel 'x', not a whole number"),
        ((0, "256" + FLAT[1:], "Training"), "has the pixel '256'"),
        ((0, "-1" + FLAT[1:], "Training"), "has the pixel '-1'"),
        ((9, FLAT, "Training"), "has the label '9', not 0 to 6"),
        (("", FLAT, "Training"), "has the label ''"),
        ((0, FLAT, "Testing?"), r"has the usage 'Testing\?', not Training, PublicTest"),
    ],
)
def test_bad_rows(make_csv: MakeCsv, row: tuple[object, str, str], problem: str) -> None:
    path = make_csv([(1, FLAT, "Training"), row, (2, FLAT, "PrivateTest")])
    with pytest.raises(DataError, match=f"In {path}, row 1 .*") as caught:
        read(path)
    assert caught.match(problem)
    assert caught.value.setting == "skip_bad"
    samples = read(path, skip_bad=True)
    assert samples.names.tolist() == ["row 0", "row 2"]
    assert samples.labels.tolist() == [1, 2]
    assert samples.skipped == (caught.value.problem,)
    # What was left out once is still an error for who does not leave it out.
    with pytest.raises(DataError, match=problem):
        read(path)


def test_short_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("emotion,pixels,Usage\n0\n")
    with pytest.raises(DataError, match="has the usage ''"):
        read(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "found no emotion and no pixels"),
        (b"emotion,Usage\n0,Training\n", "found no pixels"),
        (b"a,b\n1,2\n", "found no emotion and no pixels"),
        (b"emotion,pixels,Usage\n", "Found no face in"),
        (b"\xff\xfe\x00\x01", "something else"),
        (b'emotion,pixels\n0,"' + b"7 " * 200_000, "something else"),
    ],
)
def test_files_that_are_no_such_table(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    for skip_bad in (False, True):
        with pytest.raises(DataError, match=problem) as caught:
            read(path, skip_bad=skip_bad)
        assert str(path) in str(caught.value)


def test_only_bad_rows_are_an_error_even_when_left_out(make_csv: MakeCsv) -> None:
    path = make_csv([(9, FLAT, "Training"), (8, FLAT, "Training")])
    with pytest.raises(DataError, match="Found no face in .* but 2 bad ones; row 0"):
        read(path, skip_bad=True)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    images=arrays.arrays(np.uint8, (2, 48, 48)),
    labels=st.lists(st.integers(0, 6), min_size=2, max_size=2),
    usages=st.lists(st.sampled_from(sorted(SPLITS)), min_size=2, max_size=2),
)
def test_what_was_written_is_read(
    make_csv: MakeCsv, images: np.ndarray, labels: list[int], usages: list[str]
) -> None:
    pixels = [" ".join(map(str, image.ravel())) for image in images]
    samples = read(make_csv(list(zip(labels, pixels, usages, strict=True))))
    assert (samples.images == images).all()
    assert samples.labels.tolist() == labels
    assert samples.splits.tolist() == [SPLITS[usage] for usage in usages]


@pytest.mark.data
def test_rows_equal_the_zip_to_within_jpeg(data_folder: Path) -> None:
    rows, files = read(data_folder / "fer2013-head.csv"), read(data_folder / "fer2013.zip")
    assert len(rows) == 260
    assert int((rows.splits == "train").sum()) == 200
    assert int((rows.splits == "public").sum()) == 60
    # The number in a file's name is its row in the whole CSV: 28,709 of them are Training.
    places = {int(name[-9:-4]): place for place, name in enumerate(files.names.tolist())}
    same = files[np.array([places[row] for row in (*range(200), *range(28_709, 28_769))])]
    assert (same.labels == rows.labels).all()
    assert (same.splits == rows.splits).all()
    difference = np.abs(same.images.astype(int) - rows.images).mean(axis=(1, 2))
    assert difference.max() < 2


@pytest.mark.parametrize("mark", [";", "\t"])
def test_cells_between_semicolons_or_tabs(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "fer.csv"
    rows = ["emotion", "pixels", "Usage"], ["3", FLAT, "Training"]
    path.write_text("\n".join(mark.join(cells) for cells in rows))
    assert read(path).labels.tolist() == [3]
    assert read(path).splits.tolist() == ["train"]
