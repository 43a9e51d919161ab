import csv
import dataclasses
import io
import json
import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest

from mien.audit.audit import audit
from mien.audit.duplicates import near_duplicates
from mien.audit.findings import REASONS
from mien.audit.no_face import entropy, hard_edges, spread
from mien.audit.report import table, write_audit
from mien.data import Samples, read
from mien.data.duplicates import Pairs
from mien.data.exclusion import exclude
from mien.data.votes import read_votes
from mien.errors import DataError, OutputError

check_page = runpy.run_path(str(Path(__file__).parents[1] / "html_check.py"))["check_page"]

HEADING = "name,split,label,reason,detail,duplicate_of,suggested,probability"


def cloud(seed: int) -> np.ndarray:
    """A soft picture without much in common with others."""
    random = np.random.default_rng(seed).normal(0, 1, (60, 60)).astype(np.float32)
    soft = cv2.GaussianBlur(random, (0, 0), 4)[6:54, 6:54]
    return np.clip(128 + 45 * (soft - soft.mean()) / soft.std(), 0, 255).astype(np.uint8)


def made(*faces: tuple[np.ndarray, int, str]) -> Samples:
    images, labels, splits = zip(*faces, strict=True)
    names = np.array([f"row {row}" for row in range(len(faces))])
    return Samples(
        np.stack(images), np.array(labels, np.int8), np.array(splits), names, "ab" * 32
    )


def text(seed: int) -> np.ndarray:
    """A white page with lines of letters."""
    page = np.full((48, 48), 255, np.uint8)
    for line in range(8, 44, 8):
        page[line, 4:40:2] = 0
    page[4, 4 : 8 + seed] = 0
    return page


def check(seed: int) -> np.ndarray:
    """Black and white, with edges everywhere, and a ramp of grays."""
    board = (np.indices((48, 48)).sum(axis=0) // 4 % 2 * 120 + seed).astype(np.uint8)
    return board + np.linspace(0, 130, 48).astype(np.uint8)


@pytest.fixture
def samples() -> Samples:
    contrast = np.rint(128 + (cloud(1).astype(float) - 128) * 0.6).astype(np.uint8)
    return made(
        (cloud(0), 3, "train"),  # 0: duplicate of 1, labelled otherwise
        (cloud(0), 4, "public"),  # 1: stays
        (cloud(1), 2, "train"),  # 2: stays
        (contrast, 2, "train"),  # 3: near duplicate of 2
        (cloud(2), 5, "train"),  # 4: stays
        (cloud(2)[:, ::-1], 0, "train"),  # 5: mirrored duplicate of 4, labelled otherwise
        (np.full((48, 48), 7, np.uint8), 6, "train"),  # 6
        (text(0), 6, "train"),  # 7
        (check(0), 6, "train"),  # 8
        (cloud(3), 1, "train"),  # 9: alone
        (cloud(0), 3, "train"),  # 10: the third copy
    )


def found(samples: Samples, votes: np.ndarray | None = None) -> dict[str, list[int]]:
    by_reason: dict[str, list[int]] = {}
    for finding in audit(samples, votes).findings:
        by_reason.setdefault(finding.reason, []).append(finding.row)
    return {reason: sorted(rows) for reason, rows in by_reason.items()}


def test_each_reason(samples: Samples) -> None:
    assert found(samples) == {
        "exact_duplicate": [0, 10],
        "near_duplicate": [3],
        "mirrored_duplicate": [5],
        "exact_conflict": [0, 1, 10],
        "near_conflict": [4, 5],
        "blank": [6],
        "few_grays": [7],
        "drawing": [8],
    }


def test_counts(samples: Samples) -> None:
    counts = audit(samples).counts().to_dict()
    assert json.loads(json.dumps(counts)) == counts
    assert (counts["n"], counts["listed"], counts["votes"]) == (11, 9, False)
    assert counts["listed_by_split"] == {"train": 8, "public": 1}
    # Without votes and networks these cannot be told, which is not the same as 0 faces.
    assert counts["not_looked_for"] == ["voted_no_face", "voted_unknown", "no_vote", "label_error"]
    assert [*counts["reasons"], *counts["not_looked_for"]] == list(REASONS)
    assert counts["reasons"]["exact_conflict"] == {
        "faces": 3,
        "by_split": {"train": 2, "public": 1},
    }
    assert counts["reasons"]["few_grays"]["faces"] == 1
    with_votes = audit(samples, np.full((11, 10), 1)).counts()
    assert with_votes.not_looked_for == ["label_error"]
    assert with_votes.reasons["no_vote"].faces == 0
    assert counts["exact_duplicates"]["test_in_train"] == 1
    assert counts["near_duplicates"] == {
        "pairs": 1, "mirrored_pairs": 1, "test_in_train": 0, "threshold": 0.95,
    }  # fmt: skip


def test_the_list_names_the_duplicate_that_stays(samples: Samples) -> None:
    rows = list(csv.DictReader(io.StringIO(table(audit(samples)))))
    assert ",".join(rows[0]) == HEADING
    by_key = {(row["name"], row["reason"]): row for row in rows}
    assert len(by_key) == len(rows)
    twin = by_key["row 0", "exact_duplicate"]
    assert (twin["split"], twin["label"], twin["detail"], twin["duplicate_of"]) == (
        "train", "happy", "one of 3 copies", "row 1",
    )  # fmt: skip
    assert by_key["row 5", "mirrored_duplicate"]["duplicate_of"] == "row 4"
    assert by_key["row 3", "near_duplicate"]["detail"] == "correlation 1.000"
    assert by_key["row 4", "near_conflict"]["detail"].startswith("its duplicate is labelled angry")
    assert by_key["row 6", "blank"]["duplicate_of"] == ""
    assert by_key["row 6", "blank"]["detail"] == "standard deviation 0.0"


def test_a_chain_of_near_duplicates_leaves_its_ends() -> None:
    # Of four faces each matches the next, and the last the first, mirrored, too.
    groups = [[7, 8], [3], [4], [5]]
    pairs = Pairs(
        np.array([0, 1, 0, 2]),
        np.array([1, 2, 3, 3]),
        np.array([0.96, 0.97, 0.98, 0.99], np.float32),
        np.array([False, False, True, False]),
    )
    listed = [(each.row, each.reason, each.other) for each in near_duplicates(groups, pairs)]
    # The third stays, as the only face that it matches is listed itself.
    assert listed == [(3, "near_duplicate", 7), (5, "near_duplicate", 4)]


def test_near_duplicates_across_splits_are_counted() -> None:
    brighter = cloud(1) // 2 + 60
    samples = made((cloud(1), 0, "train"), (brighter, 0, "private"), (cloud(1), 0, "train"))
    result = audit(samples)
    assert result.near.test_in_train == 1
    listed = {(finding.row, finding.reason, finding.other) for finding in result.findings}
    assert listed == {(2, "exact_duplicate", 0), (0, "near_duplicate", 1)}


def test_votes(samples: Samples) -> None:
    votes = np.zeros((11, 10), np.int64)
    votes[np.arange(11), samples.labels] = 10
    votes[2] = [0, 0, 0, 0, 0, 9, 0, 0, 1, 0]  # fear, which nobody saw
    votes[4] = [4, 0, 0, 0, 0, 1, 0, 0, 5, 0]  # unknown, though one saw surprise
    votes[6] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 10]
    votes[9] = [0, 0, 0, 0, 5, 0, 0, 0, 5, 0]  # a tie is no plurality
    by_reason = found(samples, votes)
    assert by_reason["voted_no_face"] == [6]
    assert by_reason["voted_unknown"] == [4]
    assert by_reason["no_vote"] == [2, 9]
    (first, _) = audit(samples, votes).of("no_vote")
    assert first.detail == "0 of 10 votes for fear, 9 for surprise"


def test_votes_of_other_faces(samples: Samples) -> None:
    with pytest.raises(DataError, match=r"Expected votes \[11, 10\], got \[3, 10\]"):
        audit(samples, np.zeros((3, 10), np.int64))


def test_statistics_of_grays() -> None:
    flat, halves = np.full((48, 48), 9, np.uint8), np.zeros((48, 48), np.uint8)
    halves[:, 24:] = 200
    images = np.stack([flat, halves])
    assert spread(images).tolist() == [0, 100]
    assert entropy(images).tolist() == [0, 1]
    # One column of 47 holds the edge.
    assert hard_edges(images).tolist() == [0, pytest.approx(1 / 47)]


def test_the_page_is_whole_and_needs_no_network(samples: Samples, tmp_path: Path) -> None:
    evil = dataclasses.replace(samples, names=np.array([f"<b>&{row}" for row in range(11)]))
    files = write_audit(audit(evil), tmp_path / "new" / "out", "<faces>.zip")
    assert [file.name for file in files] == ["audit.csv", "audit.json", "audit.html"]
    page = files[2].read_text(encoding="utf-8")
    check_page(page)
    assert page.count("<h2 ") == 8
    # A card for each reason, as all of its faces belong together; a face and another in three.
    assert (page.count("<figure>"), page.count("<img ")) == (8, 11)
    assert "Audit of &lt;faces&gt;.zip" in page
    assert "<b>&0" not in page


def test_no_findings(tmp_path: Path) -> None:
    alone = made((cloud(0), 0, "all"), (cloud(1), 1, "all"))
    files = write_audit(audit(alone), tmp_path, "faces.zip")
    assert files[0].read_text() == f"{HEADING}\n"
    assert json.loads(files[1].read_text())["listed"] == 0
    assert len(exclude(alone, files[0])) == 2


def test_out_that_is_a_file(samples: Samples, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot make the folder") as caught:
        write_audit(audit(samples), tmp_path / "file", "faces.zip")
    assert caught.value.setting == "out"


@pytest.mark.slow
@pytest.mark.data
def test_the_real_data(data_folder: Path, tmp_path: Path) -> None:
    samples = read(data_folder / "fer2013.zip")
    votes = read_votes(data_folder / "fer2013new.csv").of(samples)
    made = audit(samples, votes)
    counts = made.counts().to_dict()
    assert counts["exact_duplicates"] == {
        "groups": 1273, "faces": 2805, "conflicting_groups": 47, "conflicting_faces": 129,
        "test_in_train": 281,
    }  # fmt: skip
    faces = {reason: entry["faces"] for reason, entry in counts["reasons"].items()}
    assert (faces["exact_duplicate"], faces["exact_conflict"]) == (2805 - 1273, 129)
    assert (faces["blank"], faces["few_grays"], faces["drawing"]) == (14, 31, 86)
    assert (faces["voted_no_face"], faces["voted_unknown"], faces["no_vote"]) == (161, 195, 5112)
    # Sums of floats may differ in the last digit from one processor to the next.
    assert faces["near_duplicate"] == pytest.approx(1272, abs=5)
    assert counts["near_duplicates"]["test_in_train"] == pytest.approx(220, abs=3)
    # What is called a sign is no face to the taggers either.
    told = {finding.row for finding in made.of("voted_no_face")}
    assert sum(finding.row in told for finding in made.of("few_grays")) >= 30
    files = write_audit(made, tmp_path, "fer2013.zip")
    reasons = ("exact_duplicate", "near_duplicate", "mirrored_duplicate")
    distinct = exclude(samples, files[0], reasons)
    left = audit(distinct).counts().to_dict()
    assert (left["exact_duplicates"]["faces"], left["near_duplicates"]["pairs"]) == (0, 0)
