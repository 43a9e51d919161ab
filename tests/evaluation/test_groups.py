from pathlib import Path

import numpy as np
import pytest

from mien.errors import DataError
from mien.evaluation.groups import read_groups

NAMES = ["test/sad/a.jpg", "test/sad/b.jpg", "train/sad/b.jpg", "row 3"]


def written(folder: Path, text: str) -> Path:
    path = folder / "groups.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_groups_are_found_by_name(tmp_path: Path) -> None:
    text = "\ufefffile, light ,age\ntest/sad/b.jpg,dark, 20-30\na.jpg,bright,\n\nrow 3,dark,30-40\n"
    groups = read_groups(written(tmp_path, text)).of(NAMES)
    assert groups.columns["light"] == {
        "test/sad/a.jpg": "bright",
        "test/sad/b.jpg": "dark",
        "row 3": "dark",
    }
    there, codes = groups.codes("light", NAMES)
    assert (there, codes.tolist()) == (["bright", "dark"], [0, 1, -1, 1])
    there, codes = groups.codes("age", NAMES[:2])
    assert (there, codes.tolist()) == (["20-30"], [-1, 0])
    assert codes.dtype == np.intp


# the file, what the sentence must hold
WRONG = [
    ("", "the column file and others, each once.*found nothing"),
    ("file\na\n", "the column file and others"),
    ("name,age\na,1\n", "found name, age"),
    ("file,age,age\na,1,2\n", "each once"),
    ("file,age\n", "names no face"),
    ("file,age\na.jpg\n", "record 2"),
    ("file,age\n,3\n", "record 2"),
    ("file,age\nrow 3,1\nrow 3,2\n", "names row 3 twice"),
    ("file,age\n" + "".join(f"{n},{n}\n" for n in range(101)), "age of .* has 101 groups"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_wrong_file_is_explained(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_groups(written(tmp_path, text))


def test_a_file_that_is_no_csv(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(DataError, match="Expected a CSV in"):
        read_groups(path)
    with pytest.raises(DataError, match="Cannot read .*: No such file"):
        read_groups(tmp_path / "none.csv")


def test_images_that_are_not_in_the_data_are_named(tmp_path: Path) -> None:
    # b.jpg could be either of two faces, and so is none.
    text = "file,age\nb.jpg,1\nc.jpg,1\nd.jpg,1\ne.jpg,1\na.jpg,2\n"
    groups = read_groups(written(tmp_path, text))
    message = r"names 4 images that are not in the data: b.jpg, c.jpg, d.jpg, \.\.\.\. Write"
    with pytest.raises(DataError, match=message):
        groups.of(NAMES)


def test_a_face_under_two_names(tmp_path: Path) -> None:
    groups = read_groups(written(tmp_path, "file,age\na.jpg,1\ntest/sad/a.jpg,2\n"))
    with pytest.raises(DataError, match="names test/sad/a.jpg twice"):
        groups.of(NAMES)
