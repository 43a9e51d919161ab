from pathlib import Path

import numpy as np
import pytest

from mien.classes import FER2013
from mien.errors import DataError
from mien.evaluation.groups import Groups, gap, group_scores, read_groups


def test_a_gap_by_hand() -> None:
    right = np.array([True, True, True, False, False, False, True])
    found = gap(right, np.array([0, 0, 1, 1, 2, 2, -1]), ["a", "b", "c"])
    assert found is not None
    assert (found.value, found.highest, found.lowest) == (1, "a", "c")
    # Three right among six in pairs: a gap of 1 needs a pair of both right and one of neither,
    # which 3 * 2 * 2 of the 20 ways give.
    assert found.p == pytest.approx(12 / 20, abs=0.04)


def test_a_gap_as_large_as_can_be() -> None:
    # Five right and five wrong are dealt out so in 2 of 252 ways.
    found = gap(np.arange(10) < 5, np.arange(10) // 5, ["a", "b"])
    assert found is not None
    assert found.p == pytest.approx(2 / 252, abs=0.006)
    assert found.permutations == 2000


def test_p_is_even_where_there_is_no_difference() -> None:
    random = np.random.default_rng(0)
    values = []
    for seed in range(60):
        right, codes = random.random(300) < 0.7, random.integers(0, 3, 300)
        found = gap(right, codes, ["a", "b", "c"], seed)
        assert found is not None
        values.append(found.p)
    assert np.mean(values) == pytest.approx(0.5, abs=0.12)


def test_equal_groups_are_no_more_apart_than_chance() -> None:
    found = gap(np.ones(8, bool), np.arange(8) % 2, ["a", "b"])
    assert found is not None
    assert (found.value, found.p) == (0, 1)


def test_one_group_has_no_gap() -> None:
    assert gap(np.ones(3, bool), np.array([0, 0, -1]), ["a"]) is None


def test_scores_by_group() -> None:
    names = [f"row {row}" for row in range(100)]
    columns = {
        # 40 bright ones all right, 40 dark ones all wrong, 10 odd ones right, 10 without.
        "light": dict(zip(names, ["bright"] * 40 + ["dark"] * 40 + ["odd"] * 10, strict=False)),
        "same": dict.fromkeys(names, "one"),
    }
    labels = (np.arange(100) % 7).astype(np.int8)
    said = labels.copy()
    said[40:80] = (said[40:80] + 1) % 7
    groups = Groups(Path("groups.csv"), columns, frozenset(names))
    found = group_scores(np.eye(7, dtype=np.float32)[said], labels, names, groups, FER2013)
    light = found["light"]
    assert light.without_group == 10
    accuracies = {name: part.accuracy for name, part in light.groups.items()}
    assert accuracies == {"bright": 1, "dark": 0, "odd": 1}
    assert {name: part.small for name, part in light.groups.items()} == {
        "bright": False,
        "dark": False,
        "odd": True,
    }
    for score in ("accuracy", "balanced_accuracy", "macro_f1"):
        assert getattr(light.groups["bright"], score) == 1
        assert getattr(light.groups["bright"].interval, score)[1] == 1
    assert light.groups["dark"].ece == 1
    assert light.gap is not None and light.gap_without_small is not None
    assert light.gap.significant
    assert light.gap.p < 0.01
    assert light.gap_without_small.highest == "bright"
    assert (found["same"].gap, found["same"].without_group) == (None, 0)
    assert "gap_without_small" not in found["same"].model_dump(exclude_unset=True)


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


def test_faces_are_named_in_a_column_name_too(tmp_path: Path) -> None:
    groups = read_groups(written(tmp_path, "name;age\nrow 3;20, or so\n"))
    assert groups.columns == {"age": {"row 3": "20, or so"}}


# the file, what the sentence must hold
WRONG = [
    ("", "the column file and others, each once.*found nothing"),
    ("file\na\n", "the column file and others"),
    ("face,age\na,1\n", "found face, age"),
    ("file,age,age\na,1,2\n", "each once"),
    ("file,age\n", "names no face"),
    ("file,age\na.jpg\n", "record 2"),
    ("file,age\n,3\n", "record 2"),
    ("file,age\nrow 3,1\nrow 3,2\n", "names row 3 twice"),
    ("file,age\n" + "".join(f"{n},{n}\n" for n in range(101)), "age of .* has 101 groups"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_wrong_file_is_explained(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_groups(written(tmp_path, text))
    assert caught.value.setting == "groups"


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
    message = "names 4 faces that the data does not have: b.jpg, c.jpg, d.jpg and 1 more. Write"
    with pytest.raises(DataError, match=message):
        groups.of(NAMES)


def test_a_face_under_two_names(tmp_path: Path) -> None:
    groups = read_groups(written(tmp_path, "file,age\na.jpg,1\ntest/sad/a.jpg,2\n"))
    with pytest.raises(DataError, match="names test/sad/a.jpg twice"):
        groups.of(NAMES)
