"""Which classes a tree has: from classes.toml, or from its folders."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mien.classes import FER2013
from mien.data import read, records
from mien.data.vocabulary import parse_classes
from mien.errors import DataError

Encode = Callable[..., bytes]
MakeZip = Callable[..., Path]

TOML = """
[yawning]
emoji = "🥱"
colour = "#112233"

[awake]

["wide awake"]
emoji = "👀"
"""


def test_classes_in_the_order_of_the_file() -> None:
    vocabulary = parse_classes(TOML.encode(), "classes.toml")
    assert vocabulary.names == ("yawning", "awake", "wide awake")
    assert vocabulary.emoji[0] == "🥱"
    assert vocabulary.emoji[2] == "👀"
    assert vocabulary.colours[0] == (0x11, 0x22, 0x33)
    # The default, by the name.
    assert vocabulary.emoji[1] == "🙂"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[awake", "Expected TOML in classes.toml"),
        (b"[fast asleep]\n[awake]", r'in quotes: \["fast asleep"\], \["müde"\]'),
        ("[müde]\n[wach]".encode(), r'in quotes: \["fast asleep"\]'),
        (b"\xff\xfe[", "Expected TOML in classes.toml"),
        (b"[" * 5000, "Expected TOML in classes.toml"),
        (b"awake = 1\n", "one table for each class in classes.toml, got awake = '1'"),
        (b"[awake]\nicon = 'x'\n[tired]", "'awake' in classes.toml has the key 'icon'"),
        (b"[awake]\ncolor = '#aabbcc'\n", "has the key 'color', not emoji or colour"),
        (b"[awake]\nemoji = 3\n[tired]", "one emoji .* for the class 'awake'.*got '3'"),
        (b"[awake]\nemoji = ''\n[tired]", "one emoji .* for the class 'awake'.*got ''"),
        (b"[awake]\nemoji = '\\u0000'\n[tired]".replace(b"'", b'"'), r"awake'.*got '\\x00'"),
        (b"[awake]\nemoji = '\\u001b[3m'\n[tired]".replace(b"'", b'"'), r"got '\\x1b\[3m'"),
        (b"[awake]\nemoji = 'a\\nb'\n[tired]".replace(b"'", b'"'), r"awake'.*got 'a\\nb'"),
        (b"[awake]\nemoji = 'sleepyhead'\n[tired]", "two letters .* got 'sleepyhead'"),
        (b"[awake]\ncolour = 'red'\n[tired]", "class 'awake' of classes.toml: .*got 'red'"),
        (b"[awake]\ncolour = 3\n[tired]", "class 'awake' of classes.toml: .*got '3'"),
        (b"[awake]\n", "In classes.toml: Expected 2 to 100 classes, got 1"),
        (b"", "In classes.toml: Expected 2 to 100 classes, got 0"),
        (b"['']\n[awake]\n", "In classes.toml: Expected different class names"),
    ],
)
def test_a_damaged_file_is_a_sentence(content: bytes, problem: str) -> None:
    with pytest.raises(DataError, match=problem) as caught:
        parse_classes(content, "classes.toml")
    assert "\n" not in str(caught.value)


@pytest.fixture(params=["zip", "folder"])
def tree(
    request: pytest.FixtureRequest, make_zip: MakeZip, tmp_path: Path
) -> Callable[[dict[str, bytes]], Path]:
    """Write a tree as a zip or as a folder."""

    def write(members: dict[str, bytes]) -> Path:
        packed = make_zip(members)
        if request.param == "zip":
            return packed
        folder = tmp_path / "unpacked"
        with zipfile.ZipFile(packed) as archive:
            archive.extractall(folder)
        return folder

    return write


Tree = Callable[[dict[str, bytes]], Path]


def test_own_classes_by_name(tree: Tree, encode: Encode) -> None:
    names = ["train/tired/1.png", "train/awake/2.png", "val/awake/3.png", "test/yawning/4.png"]
    path = tree({f"mine/{name}": encode(row) for row, name in enumerate(names)})
    samples = read(path)
    assert samples.vocabulary.names == ("awake", "tired", "yawning")
    assert samples.splits.tolist() == ["test", "train", "train", "validation"]
    assert samples.labels.tolist() == [2, 0, 1, 0]
    assert samples.counts() == {"awake": 2, "tired": 1, "yawning": 1}
    opened = records(path)
    assert opened.vocabulary == samples.vocabulary
    assert [record.label for record in opened] == [2, 0, 1, 0]
    # Each iteration starts anew.
    assert len(list(opened)) == len(list(opened)) == 4


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (["sad", "Happiness"], FER2013.names),
        (["neutral", "drowsy"], ("drowsy", "neutral")),
        ([*FER2013.names, "contempt"], tuple(sorted([*FER2013.names, "contempt"]))),
        (["1", "2"], ("1", "2")),
        # Beside all seven there is nothing that a misspelt name could stand for.
        ([*FER2013.names, "hapy"], tuple(sorted([*FER2013.names, "hapy"]))),
    ],
)
def test_what_folders_mean(
    tree: Tree, encode: Encode, folders: list[str], names: tuple[str, ...]
) -> None:
    samples = read(tree({f"{folder}/1.png": encode(1) for folder in folders}))
    assert samples.vocabulary.names == names
    assert len(samples) == len(folders)


@pytest.mark.parametrize("place", ["", "faces/"])
def test_classes_file_decides(tree: Tree, encode: Encode, place: str) -> None:
    members = {
        f"{place}classes.toml": TOML.encode(),
        f"{place}train/awake/1.png": encode(1),
        f"{place}test/yawning/2.png": encode(2),
    }
    samples = read(tree(members))
    assert samples.vocabulary == parse_classes(TOML.encode(), "")
    assert samples.labels.tolist() == [0, 1]
    # A class without pictures is one with no faces.
    assert samples.counts() == {"yawning": 1, "awake": 1, "wide awake": 0}
    assert samples.skipped == ()


def test_classes_file_allows_what_folders_leave_open(tree: Tree, encode: Encode) -> None:
    members = {
        "classes.toml": b"[test]\n[hapy]\n[Hapy]\n[sad]\n",
        "ann/test/1.png": encode(1),
        "hapy/2.png": encode(2),
        "train/Hapy/3.png": encode(3),
    }
    samples = read(tree(members))
    assert samples.labels.tolist() == [0, 1, 2]
    assert samples.splits.tolist() == ["all", "all", "train"]


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"classes.toml": b"[awake]\n[tired]", "sad/1.png": b""}, "in 'sad', which classes"),
        ({"classes.toml": b"[a]\n[b]", "a/1.png": b"", "2.png": b""}, r"in '\.', which classes"),
        ({"classes.toml": b"[angry]\n[sad]", "anger/1.png": b""}, "in 'anger', which classes.toml"),
        (
            {"classes.toml": b"['wide awake']", "wide awake/1.png": b"", "train/tired/2.png": b""},
            "got 1 class: wide awake. There are also pictures in 'tired'. Add it, or remove",
        ),
        (
            {"classes.toml": b"", "awake/1.png": b"", "tired/2.png": b""},
            "got 0 classes. There are also pictures in 'awake', 'tired'. Add them, or remove the",
        ),
        ({"classes.toml": b"[awake]", "awake/1.png": b""}, "Expected 2 to 100 classes, got 1: aw"),
        ({"classes.toml": b"oh", "sad/1.png": b""}, "Expected TOML in classes.toml of .*faces|unp"),
        (
            {"train/classes.toml": b"", "train/a/1.png": b"", "test/b/2.png": b""},
            "Expected classes.toml in the root of .*, found train/classes.toml",
        ),
        (
            {"classes.toml": b"", "x/classes.toml": b"", "x/a/1.png": b""},
            "Expected one classes.toml in .*, found 'classes.toml', 'x/classes.toml'",
        ),
        ({"classes.toml": b"[a]\n[b]"}, "found none"),
    ],
)
def test_trees_that_do_not_fit_their_classes_file(
    tree: Tree, members: dict[str, bytes], problem: str
) -> None:
    path = tree(members)
    for skip_bad in (False, True):
        with pytest.raises(DataError, match=problem):
            read(path, skip_bad=skip_bad)
    with pytest.raises(DataError, match=problem):
        records(path)


def test_a_changed_classes_file_is_seen(tmp_path: Path, encode: Encode) -> None:
    for name in ("awake", "tired"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(encode(1))
    before = read(tmp_path)
    (tmp_path / "classes.toml").write_text("[tired]\n[awake]\nemoji = '👀'\n")
    after = read(tmp_path)
    assert before.vocabulary.names == ("awake", "tired")
    assert after.vocabulary.names == ("tired", "awake")
    assert before.labels.tolist() == [0, 1]
    assert after.labels.tolist() == [1, 0]
    assert before.sha256 != after.sha256
    (tmp_path / "classes.toml").write_text("[tired]\n[awake]\nemoji = '🙂'\n")
    assert read(tmp_path).vocabulary.emoji == ("😪", "🙂")
