import dataclasses
from pathlib import Path

import numpy as np
import pytest

from mien.classes import Vocabulary
from mien.data import Samples
from mien.data.votes import COLUMNS, read_votes
from mien.errors import DataError

HEAD = (
    "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    "\n"
)
ROWS = [
    "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0",
    "Training,,0,0,0,0,0,0,0,0,0,10",
    "PublicTest,fer0000001.png,0,9,1,0,0,0,0,0,0,0",
    "PrivateTest,fer0000002.png,0,0,0,0,0,0,8,1,1,0",
]
MORE = [
    "PrivateTest,,0,10,0,0,0,0,0,0,0,0",
    "PrivateTest,,0,0,9,0,0,0,0,0,1,0",
] * 6


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "fer2013new.csv"
    made.write_text(HEAD + "\n".join(ROWS) + "\n", encoding="utf-8")
    return made


def named(names: list[str], splits: list[str], labels: list[int] | None = None) -> Samples:
    return Samples(
        images=np.zeros((len(names), 48, 48), np.uint8),
        labels=np.array(labels or [0] * len(names), np.int8),
        splits=np.array(splits),
        names=np.array(names),
        sha256="0" * 64,
    )


def test_votes_are_in_our_order(path: Path) -> None:
    votes = read_votes(path)
    assert votes.splits == ("train", "train", "public", "private")
    # angry 3, disgust 2, sad 1, neutral 4
    assert votes.counts[0].tolist() == [3, 2, 0, 0, 1, 0, 4, 0, 0, 0]
    assert votes.counts[1].tolist() == [0] * 9 + [10]
    assert votes.counts.shape == (4, len(COLUMNS))


def test_errors_name_the_setting_of_the_caller(path: Path) -> None:
    for call in (
        lambda: read_votes(path, "ferplus").of(named(["row 9"], ["all"])),
        lambda: read_votes(path, "ferplus").of(named(["row 0", "row 1"], ["all"] * 2)),
        lambda: read_votes(path.with_name("none.csv"), "ferplus"),
    ):
        with pytest.raises(DataError) as caught:
            call()
        assert caught.value.setting == "ferplus"


def test_votes_are_joined_by_number(path: Path) -> None:
    names = ["test/fear/PrivateTest_3.jpg", "row 0", "a/publictest_00002.PNG", "Training_1.jpg"]
    splits = ["test", "train", "public", "all"]
    # One face is too few to tell by its label; more of the data show that the rows fit.
    path.write_text(HEAD + "\n".join([*ROWS, *MORE]) + "\n", encoding="utf-8")
    votes = read_votes(path)
    faces = named(names, splits, [2, 0, 3, 6])
    with pytest.raises(DataError, match="1 face is too few to tell whether the votes in .* belong"):
        votes.of(named(["row 0"], ["train"]))
    more = [f"row {row}" for row in range(4, 4 + len(MORE))]
    # The last three have no number, no row, and a row of another split.
    beside = named([*names, *more, "face.jpg", "row 99", "row 4"],
                   [*splits, *["private"] * (len(MORE) + 2), "public"],
                   [2, 0, 3, 6, *[3, 5] * (len(MORE) // 2), 0, 0, 0])  # fmt: skip
    np.testing.assert_array_equal(votes.of(faces, beside), votes.counts[[3, 0, 2, 1]])


# order of the rows, what the sentence must hold; the first row without a picture's name took no
# number, and the last two rows name one picture twice
OUT_OF_ORDER = [
    ([0, 1, 2, 4], "lacks rows of the original: fer0000001.png in row 2 is followed by fer0000003"),
    ([2, 1, 0, 3], "were reordered: fer0000001.png in row 0 is followed by fer0000000"),
    ([0, 1, 2, 5, 6, 3, 4], None),
]


@pytest.mark.parametrize(("order", "message"), OUT_OF_ORDER)
def test_rows_of_the_votes_are_all_there_in_their_order(
    tmp_path: Path, order: list[int], message: str | None
) -> None:
    rows = [*ROWS, *(ROWS[3].replace("0000002", number) for number in ("0000003",) + ("7",) * 2)]
    path = tmp_path / "votes.csv"
    path.write_text(HEAD + "\n".join(rows[row] for row in order) + "\n", encoding="utf-8")
    if message is None:
        assert len(read_votes(path).splits) == len(order)
        return
    with pytest.raises(DataError, match=message):
        read_votes(path)


# name, split, what the sentence must hold
WRONG_NAMES = [
    ("test/fear/anna.jpg", "test", "a row number in the name of each face, got 'test/fear/anna"),
    ("test/fear/im3.jpg", "test", "a row number in the name"),
    ("Training_4.jpg", "train", "names row 4, and .* has 4 rows"),
    ("Training_2.jpg", "train", "of the split train, but its row in .* is of public"),
    ("row 0", "test", "of the split test, but its row in .* is of train"),
]


@pytest.mark.parametrize(("name", "split", "message"), WRONG_NAMES)
def test_names_without_votes_are_explained(
    path: Path, name: str, split: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_votes(path).of(named([name], [split]))


# the file, what the sentence must hold
WRONG_FILES = [
    ("", "found no column Usage, anger"),
    ("emotion,pixels,Usage\n0,1 2 3,Training\n", "found no column anger, disgust"),
    (HEAD + "Training,a,1,2,3\n", "10 counts in row 0"),
    (HEAD + ROWS[0] + "\n" + ROWS[1].replace("10", "ten"), "10 counts in row 1"),
    (HEAD + ROWS[0].replace("4", "-4"), "10 counts in row 0"),
    (HEAD + ROWS[0].replace("Training", "Trained"), "Expected a usage"),
]


@pytest.mark.parametrize(("text", "message"), WRONG_FILES)
def test_wrong_files_are_explained(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_votes(path)


def test_files_that_are_no_csv(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Cannot read .*: No such file"):
        read_votes(tmp_path / "none.csv")
    path = tmp_path / "votes.csv"
    path.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(DataError, match="Expected a CSV"):
        read_votes(path)


@pytest.mark.data
def test_the_real_file(data_folder: Path) -> None:
    votes = read_votes(data_folder / "fer2013new.csv")
    assert votes.counts.shape == (35_887, 10)
    assert [votes.splits.count(each) for each in ("train", "public", "private")] == [
        28_709,
        3_589,
        3_589,
    ]
    assert votes.counts[28_709].tolist() == [1, 0, 0, 0, 0, 0, 4, 4, 1, 0]


def test_votes_are_for_fer2013s_classes(votes: Path, samples: Samples) -> None:
    other = Vocabulary.named([f"class {number}" for number in range(7)])
    own = dataclasses.replace(samples, vocabulary=other)
    with pytest.raises(DataError, match="FER-2013's classes, and the data has class 0, class 1"):
        read_votes(votes).of(own)
