"""The confusion matrix in a terminal."""

import io

import numpy as np
import pytest
from rich.console import Console

from mien.classes import FER2013, Vocabulary
from mien.cli.confusion_table import abbreviations, confusion_table
from mien.evaluation import BaseScores, score


def scores(vocabulary: Vocabulary, counts: list[list[int]], missed: int = 0) -> BaseScores:
    """Score faces of which so many of each class (rows) were read as each (columns)."""
    pairs = [
        (row, column)
        for row, cells in enumerate(counts)
        for column, count in enumerate(cells)
        for _ in range(count)
    ]
    labels, answers = np.array(pairs).T
    chances = np.eye(len(vocabulary), dtype=np.float32)[answers]
    lost = np.zeros(missed, np.int8)
    return score(chances, labels.astype(np.int8), vocabulary, lost)


def printed(measured: BaseScores, width: int = 80) -> list[str]:
    text = io.StringIO()
    console = Console(file=text, width=width)
    console.print(confusion_table(measured, width))
    return [line.rstrip() for line in text.getvalue().splitlines() if line.strip()]


def test_the_seven_classes_fit_80_columns() -> None:
    counts = (np.eye(7, dtype=int) * 1000 + 3).tolist()
    title, head, _, first, *_ = lines = printed(scores(FER2013, counts, missed=2))
    assert title.strip() == "labels (rows) and predictions (columns), in faces"
    assert head.split() == ["labelled", "ang", "dis", "fea", "hap", "sad", "sur", "neu", "missed"]
    assert first.split() == ["angry", "1,003", *["3"] * 6, "2"]
    assert len(lines) == 10
    assert max(map(len, lines)) <= 80


def test_rows_without_a_face_are_left_out_and_nothing_is_a_dot() -> None:
    drivers = Vocabulary.named(["awake", "tired [x]", "a very long name of a class"])
    lines = printed(scores(drivers, [[2, 0, 1], [0, 0, 0], [0, 4, 5]]))
    assert [line.split() for line in lines[-2:]] == [
        ["awake", "2", ".", "1"],
        ["a", "very", "long", "n…", ".", "4", "5"],
    ]


@pytest.mark.parametrize(("count", "width"), [(40, 80), (7, 30)])
def test_what_is_too_wide_becomes_a_list(count: int, width: int) -> None:
    names = [f"class {number:02}" for number in range(count)]
    counts = np.eye(count, dtype=int)
    counts[2, 5] = 3
    lines = printed(scores(Vocabulary.named(names), counts.tolist()), width)
    assert "most frequent confusions" in " ".join(lines[:2])
    words = " ".join(lines[2:]).split()
    assert words[-6:] == ["class", "02", "class", "05", "3", "75.0%"] or width < 40
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("happy", "sad", "neutral"), ("hap", "sad", "neu")),
        (("surprise", "surly", "sad"), ("surp", "surl", "sad")),
        (("tired", "tired eyes"), ("tired", "tired ")),
        (("a", "b"), ("a", "b")),
    ],
)
def test_names_are_cut_as_long_as_they_differ(
    names: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert abbreviations(names) == expected
