import csv
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from mien.errors import DataError, MissingExtraError
from mien.expression import NAMES
from mien.fer2013 import Samples
from mien.fer2013.audit import audit
from mien.fer2013.audit_files import table, write_audit
from mien.fer2013.audit_labels import LabelErrors, find_label_errors, suggest

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
    with pytest.raises(MissingExtraError, match=r"'cleanlab'.*mien\[audit\]"):
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
    assert rows[0]["twin_of"] == ""
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
    assert "of 2 &lt;networks&gt;. Their likeliest class is the given label of 62.5%" in page
    assert "FER+&#x27;s votes (--votes) would tell" in page
    without = write_audit(audit(samples), tmp_path, "faces.zip")
    assert json.loads(without[1].read_text())["label_errors"] is None
    assert "Label error" not in without[2].read_text(encoding="utf-8")
