import csv
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.classes import NAMES
from mien.data import read
from mien.data.votes import read_votes
from mien.data.votes_fit import LABELS_OF_VOTES, check_fit
from mien.errors import DataError

ROWS = 300
TOLD = 15
"""Faces at the end that are enough to tell that votes are not theirs."""


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw the votes of ten taggers for faces of all classes, and FER-2013's kind of labels."""
    random = np.random.default_rng(seed)
    seen = random.choice(7, ROWS, p=[0.09, 0.02, 0.04, 0.26, 0.14, 0.12, 0.33])
    sure = random.choice([10, 9, 8, 6], ROWS)
    votes = np.zeros((ROWS, 10), np.int64)
    votes[np.arange(ROWS), seen] = sure
    votes[np.arange(ROWS), random.integers(0, 10, ROWS)] += 10 - sure
    table = np.array(LABELS_OF_VOTES)
    table /= table.sum(axis=1, keepdims=True)
    labels = np.array([random.choice(7, p=table[one]) for one in seen], np.int8)
    return votes, labels


VOTES, LABELS = drawn(0)


def refusal(labels: np.ndarray, rows: np.ndarray, votes: np.ndarray = VOTES) -> str:
    """Return the sentence, or nothing if the votes are taken."""
    try:
        check_fit(labels, rows.astype(np.intp), votes, "votes.csv")
    except DataError as error:
        return error.problem
    return ""


def test_votes_of_these_faces_are_taken() -> None:
    assert refusal(LABELS, np.arange(ROWS)) == ""


@given(st.lists(st.integers(0, ROWS - 1), min_size=30, max_size=ROWS, unique=True))
def test_any_part_of_the_rows_is_taken_in_any_order(rows: list[int]) -> None:
    assert refusal(LABELS[rows], np.array(rows)) == ""


@given(st.integers(0, ROWS - 1))
def test_a_row_missing_in_the_data_is_told(row: int) -> None:
    """All later rows are joined with the votes of the row before; the last few may go unseen."""
    said = refusal(np.delete(LABELS, row), np.arange(ROWS - 1))
    assert bool(said) or ROWS - 1 - row <= TOLD
    if 30 < row < ROWS - 30:
        assert "fit the votes 1 row later, so the data lacks 1 row, or the votes have 1" in said
        near = re.search(r"From about row (\d+) on", said)
        assert near is not None and abs(int(near[1]) - row) <= 12


@given(st.integers(0, ROWS - 1))
def test_a_row_missing_in_the_votes_is_told(row: int) -> None:
    said = refusal(LABELS[:-1], np.arange(ROWS - 1), np.delete(VOTES, row, axis=0))
    assert bool(said) or ROWS - 1 - row <= TOLD


@given(st.sets(st.integers(0, ROWS - 1), min_size=1, max_size=100))
def test_several_missing_rows_are_told(rows: set[int]) -> None:
    kept = np.delete(LABELS, sorted(rows))
    # As many faces as there were before the first missing row may be right.
    wrong = int((np.delete(np.arange(ROWS), sorted(rows)) != np.arange(len(kept))).sum())
    assert bool(refusal(kept, np.arange(len(kept)))) or wrong <= 2 * TOLD


@given(st.integers(0, 2**32 - 1), st.integers(30, ROWS))
def test_shuffled_rows_are_told(seed: int, count: int) -> None:
    order = np.arange(ROWS)
    order[:count] = np.random.default_rng(seed).permutation(count)
    assert refusal(LABELS[order], np.arange(ROWS))


# what is joined, what is said of it
CASES = [
    (LABELS[:2], np.arange(2), "2 faces are too few to tell whether the votes in votes.csv belong"),
    (LABELS[:1], np.arange(1), "1 face is too few"),
    (LABELS[np.argsort(LABELS)], np.arange(ROWS), "votes.csv belong to other faces: the labels"),
    (LABELS[:-1], np.arange(1, ROWS), "From about row 1 on.* fit the votes 1 row earlier"),
    (LABELS[:20], np.arange(20), ""),
    (LABELS[1:21], np.arange(20), "the labels fit the votes 1 row later, so the data lacks 1 row"),
]


@pytest.mark.parametrize(("labels", "rows", "sentence"), CASES)
def test_what_is_said(labels: np.ndarray, rows: np.ndarray, sentence: str) -> None:
    said = refusal(labels, rows)
    assert re.search(sentence, said) if sentence else not said


def test_a_row_too_many_is_said() -> None:
    labels = np.insert(LABELS, 100, LABELS[7])[:ROWS]
    said = refusal(labels, np.arange(ROWS))
    assert "1 row earlier, so the votes lack 1 row, or the data has 1 row too many." in said


def test_votes_that_are_all_the_same_cannot_be_mixed_up() -> None:
    votes = np.zeros((ROWS, 10), np.int64)
    votes[:, 3] = 10
    assert refusal(LABELS, np.arange(ROWS), votes) == ""


def test_votes_for_no_expression_say_nothing() -> None:
    votes = VOTES.copy()
    votes[100:200] = [0] * 9 + [10]
    assert refusal(LABELS, np.arange(ROWS), votes) == ""


def _fitted(labels: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Fit how often faces that all taggers agree on have each label, by maximum likelihood."""
    table = np.full((7, 7), 0.05) + np.eye(7) * 0.65
    for _ in range(200):
        parts = shares * table[:, labels].T
        parts /= parts.sum(axis=1, keepdims=True)
        table = np.stack([parts[labels == label].sum(axis=0) for label in range(7)], axis=1)
        table /= table.sum(axis=1, keepdims=True)
    return table


@pytest.mark.data
def test_the_table_is_fer2013s(data_folder: Path) -> None:
    votes = read_votes(data_folder / "fer2013new.csv")
    with zipfile.ZipFile(data_folder / "fer2013.zip") as archive:
        matches = [re.search(r"/(\w+)/\w+_(\d+)\.jpg", name) for name in archive.namelist()]
    pairs = [(NAMES.index(match[1]), int(match[2])) for match in matches if match]
    labels, rows = np.array(pairs).T
    counts = votes.counts[rows, :7]
    there = counts.any(axis=1)
    shares = counts[there] / counts[there].sum(axis=1, keepdims=True)
    table = np.array(LABELS_OF_VOTES)
    # Each at least 0.01, so that what is left of the others is a little less.
    np.testing.assert_allclose(_fitted(labels[there], shares), table, atol=0.04)
    check_fit(labels.astype(np.int8), rows, votes.counts, "fer2013new.csv")


@pytest.mark.data
@pytest.mark.parametrize("row", [0, 57, 150, 180])
def test_the_published_head_with_a_row_missing(
    data_folder: Path, tmp_path: Path, row: int
) -> None:
    """The first 200 rows are Training's; one of them is left out, then numbered again."""
    votes = read_votes(data_folder / "fer2013new.csv")
    with (data_folder / "fer2013-head.csv").open(newline="") as file:
        header, *lines = csv.reader(file)
    lines = lines[:200]

    def joined(name: str, header: list[str], lines: list[list[str]]) -> np.ndarray:
        path = tmp_path / name
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([header, *lines])
        return votes.of(read(path))

    np.testing.assert_array_equal(joined("whole.csv", header, lines), votes.counts[:200])
    kept = [number for number in range(200) if number != row]
    part = [lines[number] for number in kept]
    with pytest.raises(DataError, match="Give|give its rows their original numbers"):
        joined("part.csv", header, part)
    numbered = [[str(number), *line] for number, line in zip(kept, part, strict=True)]
    np.testing.assert_array_equal(
        joined("numbered.csv", ["row", *header], numbered), votes.counts[kept]
    )


@pytest.mark.data
def test_a_split_whose_rows_are_the_original_ones(data_folder: Path) -> None:
    """The head's PublicTest rows follow 200 of Training's, so they are not at their own places."""
    votes = read_votes(data_folder / "fer2013new.csv")
    head = read(data_folder / "fer2013-head.csv")
    found = votes.of(head.split("train"), beside=head)
    np.testing.assert_array_equal(found, votes.counts[:200])
    with pytest.raises(DataError, match="row 200 is of the split public, but its row in"):
        votes.of(head.split("public"), beside=head)
