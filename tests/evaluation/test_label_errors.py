import dataclasses

import numpy as np
import pytest

from mien.evaluation import label_errors
from mien.evaluation.intervals import wilson
from mien.evaluation.label_errors import vote_agreement
from mien.fer2013.audit_labels import LabelErrors


def made(rows: list[int]) -> LabelErrors:
    empty = np.zeros(len(rows), np.float32)
    return LabelErrors(
        np.array(rows, np.intp), np.zeros(len(rows), np.intp), empty, empty, "a test", 0.5
    )


# Six faces that are called angry; the likeliest other class is happy throughout.
LABELS = np.zeros(6, np.int8)
PROBABILITIES = np.tile(np.array([0.3, 0, 0, 0.6, 0.1, 0, 0], np.float32), (6, 1))


@pytest.fixture
def votes() -> np.ndarray:
    votes = np.zeros((6, 10), np.int64)
    votes[0, 3] = 10  # the suggestion
    votes[1, [3, 0]] = 6, 4  # the suggestion
    votes[2, 0] = 9  # the label
    votes[3, 9] = 8  # no face: neither
    votes[4, [0, 3]] = 5, 5  # a tie does not count
    votes[5, 0] = 10  # the label, and not listed
    return votes


def test_shares_of_found_and_all(votes: np.ndarray) -> None:
    agreement = vote_agreement(made([4, 0, 1, 2, 3]), LABELS, PROBABILITIES, votes)
    assert agreement["found"] == {
        "n": 4,
        "suggested": 2 / 4,
        "given": 1 / 4,
        "interval": {"suggested": wilson(2, 4), "given": wilson(1, 4)},
    }
    assert agreement["first"] == agreement["found"]
    assert (agreement["all"]["n"], agreement["all"]["suggested"]) == (5, 2 / 5)
    assert agreement["all"]["given"] == 2 / 5


def test_the_first_are_the_worst_that_count(
    votes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_errors, "FIRST", 2)
    # The tie comes first and does not count; then the suggestion and the label.
    agreement = vote_agreement(made([4, 0, 2, 1, 3]), LABELS, PROBABILITIES, votes)
    assert agreement["first"]["n"] == 2
    assert (agreement["first"]["suggested"], agreement["first"]["given"]) == (0.5, 0.5)


def test_sentences_name_the_shares(votes: np.ndarray) -> None:
    found = made([0, 1, 2, 3])
    agreement = vote_agreement(found, LABELS, PROBABILITIES, votes)
    text = " ".join(dataclasses.replace(found, votes=agreement).sentences())
    low, high = wilson(2, 4)
    assert f"Of the 4 of these faces .* suggested class on 50.0% ({low:.1%} to {high:.1%})" in (
        text.replace("with one most frequent vote among FER+'s taggers, that vote is the", ".*")
    )
    assert "of all 5 faces with one it is the likeliest other class on 40.0%" in text


def test_nothing_found(votes: np.ndarray) -> None:
    found = made([])
    agreement = vote_agreement(found, LABELS, PROBABILITIES, votes)
    assert agreement["found"]["n"] == 0
    assert agreement["found"]["suggested"] is None
    assert "suggested class on none" in " ".join(
        dataclasses.replace(found, votes=agreement).sentences()
    )
