"""Finding likely label errors, and how far they can be trusted."""

import csv
import dataclasses
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from mien.audit import label_errors
from mien.audit.audit import audit
from mien.audit.label_errors import (
    Agreement,
    AgreementIntervals,
    LabelErrors,
    find_label_errors,
    suggest,
    vote_agreement,
)
from mien.audit.report import table, write_audit
from mien.classes import NAMES
from mien.data import Samples
from mien.errors import DataError, MissingExtraError
from mien.evaluation.bootstrap import wilson


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
    intervals = AgreementIntervals(wilson(2, 4), wilson(1, 4))
    assert agreement.found == Agreement(4, 2 / 4, 1 / 4, intervals)
    assert agreement.first == agreement.found
    assert (agreement.all.n, agreement.all.suggested) == (5, 2 / 5)
    assert agreement.all.given == 2 / 5


def test_the_first_are_the_worst_that_count(
    votes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_errors, "FIRST", 2)
    # The tie comes first and does not count; then the suggestion and the label.
    agreement = vote_agreement(made([4, 0, 2, 1, 3]), LABELS, PROBABILITIES, votes)
    assert agreement.first.n == 2
    assert (agreement.first.suggested, agreement.first.given) == (0.5, 0.5)


def test_sentences_name_the_shares(votes: np.ndarray) -> None:
    found = made([0, 1, 2, 3])
    agreement = vote_agreement(found, LABELS, PROBABILITIES, votes)
    text = " ".join(dataclasses.replace(found, votes=agreement).sentences())
    low, high = wilson(2, 4)
    assert "one most frequent vote for 4 of these faces: it is the suggested class for" in text
    assert f"suggested class for 50.0% ({low:.1%} to {high:.1%})" in text
    assert "of all 5 faces with such a vote it is the likeliest other class for 40.0%" in text


def test_nothing_found(votes: np.ndarray) -> None:
    found = made([])
    agreement = vote_agreement(found, LABELS, PROBABILITIES, votes)
    assert agreement.found.n == 0
    assert agreement.found.suggested is None
    assert "suggested class for none" in " ".join(
        dataclasses.replace(found, votes=agreement).sentences()
    )


FLIPPED = 30


@pytest.fixture(scope="module")
def judged() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Given labels, probabilities that mostly know the true ones, and what was flipped."""
    random = np.random.default_rng(0)
    true = (np.arange(700) % 7).astype(np.int8)
    logits = random.normal(0, 1, (700, 7))
    logits[np.arange(700), true] += 5
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    flipped = random.permutation(700)[:FLIPPED]
    given = true.copy()
    given[flipped] = (given[flipped] + random.integers(1, 7, FLIPPED)) % 7
    return given, probabilities.astype(np.float32), flipped


def test_flipped_labels_are_found(judged: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    given, probabilities, flipped = judged
    found = find_label_errors(given, probabilities, "a test")
    hits = np.isin(found.rows, flipped)
    # Of 30; by chance 1 in 23 of what is listed would be flipped.
    assert hits.sum() >= 20
    assert (~hits).sum() <= 2
    true = (np.arange(700) % 7)[found.rows]
    assert (found.suggested == true)[hits].mean() >= 0.9
    margins = found.suggested_chance - found.given_chance
    assert (margins > 0).all()
    assert (np.diff(margins) <= 1e-6).all()
    assert found.accuracy == pytest.approx((probabilities.argmax(axis=1) == given).mean())


def test_the_number_is_that_of_the_confident_joint() -> None:
    # Angry is 0.75 on average among the angry (0.9, 0.9, 0.8, 0.4), happy 0.75 among the happy.
    labels = np.array([0, 0, 0, 0, 3, 3, 3, 3], np.int8)
    angry = np.array([0.9, 0.9, 0.8, 0.4, 0.2, 0.2, 0.2, 0.4])
    probabilities = np.zeros((8, 7), np.float32)
    probabilities[:, 0], probabilities[:, 3] = angry, 1 - angry
    # 0.6 of happiness on face 3 is less than the happy usually have: no label is contradicted.
    assert find_label_errors(labels, probabilities, "a test").rows.tolist() == []
    probabilities[3, 0], probabilities[3, 3] = 0.1, 0.9
    found = find_label_errors(labels, probabilities, "a test")
    assert found.rows.tolist() == [3]
    assert found.suggested.tolist() == [3]
    assert found.suggested_chance.tolist() == [pytest.approx(0.9)]
    assert found.given_chance.tolist() == [pytest.approx(0.1)]
    # All but faces 3 and none else: 7 of 8.
    assert found.accuracy == 7 / 8


def test_suggestions_are_never_the_label() -> None:
    probabilities = np.array([[0.5, 0.3, 0.2, 0, 0, 0, 0], [0, 0.1, 0.9, 0, 0, 0, 0]], np.float32)
    assert suggest(np.array([0, 1], np.int8), probabilities).tolist() == [1, 2]
    assert probabilities[0, 0] == 0.5


@pytest.mark.filterwarnings("error")
def test_all_is_well_with_perfect_probabilities() -> None:
    labels = (np.arange(21) % 7).astype(np.int8)
    found = find_label_errors(labels, np.eye(7, dtype=np.float32)[labels], "a test")
    assert len(found.rows) == 0
    assert found.accuracy == 1


def test_mistakes_are_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, probabilities = np.zeros(4, np.int8), np.full((4, 7), 1 / 7, np.float32)
    with pytest.raises(DataError, match=r"Expected probabilities \[4, 7\], got \[3, 7\]"):
        find_label_errors(labels, probabilities[:3], "a test")
    with pytest.raises(DataError, match="two classes or more"):
        find_label_errors(labels, probabilities, "a test")
    monkeypatch.setitem(sys.modules, "cleanlab", None)
    monkeypatch.delitem(sys.modules, "cleanlab.filter", raising=False)
    labels[0] = 1
    with pytest.raises(MissingExtraError, match=r"'cleanlab'.*\[audit\]"):
        find_label_errors(labels, probabilities, "a test")


@pytest.fixture
def found() -> LabelErrors:
    return LabelErrors(
        rows=np.array([9, 2]),
        suggested=np.array([3, 0]),
        suggested_chance=np.array([0.875, 0.5], np.float32),
        given_chance=np.array([0.0625, 0.25], np.float32),
        made_by="2 <networks>",
        accuracy=0.625,
    )


def test_the_list_has_label_and_suggestion(samples: Samples, found: LabelErrors) -> None:
    made = audit(samples, label_errors=found)
    rows = [
        row for row in csv.DictReader(io.StringIO(table(made))) if row["reason"] == "label_error"
    ]
    # The largest margin first.
    assert [row["name"] for row in rows] == ["row 9", "row 2"]
    assert rows[0]["label"] == NAMES[2] == "fear"
    assert (rows[0]["suggested"], rows[0]["probability"]) == ("happy", "0.8750")
    assert rows[0]["detail"] == "0.88 for happy, 0.06 for fear"
    assert rows[0]["duplicate_of"] == ""
    others = [row for row in csv.DictReader(io.StringIO(table(made))) if row not in rows]
    assert {row["suggested"] + row["probability"] for row in others} <= {""}


def test_the_files_say_how_it_was_found(
    samples: Samples, found: LabelErrors, tmp_path: Path
) -> None:
    files = write_audit(audit(samples, label_errors=found), tmp_path, "faces.zip")
    counts = json.loads(files[1].read_text())
    assert counts["reasons"]["label_error"] == {"faces": 2, "by_split": {"train": 2}}
    assert counts["label_errors"] == {"made_by": "2 <networks>", "accuracy": 0.625, "votes": None}
    page = files[2].read_text(encoding="utf-8")
    assert "Label error: 2 faces" in page
    assert "<b>fear, rather happy?</b>" in page
    assert "confident learning (Northcutt, Jiang and Chuang 2021)" in page
    assert "those of 2 &lt;networks&gt;. Their likeliest class is the given label of 62.5%" in page
    without = write_audit(audit(samples), tmp_path, "faces.zip")
    assert json.loads(without[1].read_text())["label_errors"] is None
    assert "Label error" not in without[2].read_text(encoding="utf-8")
