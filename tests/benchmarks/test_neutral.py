"""The benchmark of neutral faces: its scores by hand, and its figures on the real photos."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import neutral
import neutral_report
from mien.models import read_info
from mien.perception.reader import Reader
from neutral_data import Faces, read_faces


def few_faces() -> Faces:
    """Two people of JAFFE and Yale each, one of London; neutral is class 6, happy 3."""
    sets = np.array(["JAFFE", "JAFFE", "Yale", "Yale", "London"])
    people = np.array(["JAFFE 0", "JAFFE 1", "Yale 0", "Yale 1", "London 1"])
    empty = np.array(["", "", "", "", "female"])
    return Faces(sets, people, np.array([6, 3, 6, 6, 3]), empty, empty)


def test_scores_are_those_of_a_hand() -> None:
    answers = np.full((1, 5, 7), 0.05, np.float32)
    for row, label in enumerate((6, 6, 6, 3, 3)):
        answers[0, row, label] = 0.7
    score = neutral_report.Scorer(few_faces(), np.arange(5), np.ones(5), 0.5)
    assert score.curve_point(answers) == {
        "accuracy": {"JAFFE": 0.5, "Yale": 0.5, "London": 1.0},
        "neutrals kept": {"JAFFE": 1.0, "Yale": 0.5},
    }
    summary = score.summary(answers)
    assert summary["JAFFE"]["accuracy"] == [0.5, 0.0, 1.0]
    assert score.groups(answers)["gender"]["female"]["people"] == 1
    # Each set weighs a third: 2/3 right with a confidence of 0.7.
    assert summary["ece"] == pytest.approx(abs(0.7 - 2 / 3), abs=1e-4)


def test_the_default_is_the_highest_without_a_loss() -> None:
    def point(sensitivity: float, kept: float, yale: float) -> dict[str, object]:
        accuracy = {"JAFFE": 0.6, "Yale": yale, "London": 0.6}
        shown = {"JAFFE": 1.0, "Yale": kept}
        return {"sensitivity": sensitivity, "accuracy": accuracy, "neutrals kept": shown}

    shipped = {"JAFFE": 1.0, "Yale": 0.95}
    points = [point(0.0, 0.97, 0.9), point(0.5, 0.94, 0.89), point(1.0, 0.92, 0.89)]
    assert neutral.choose_default(points, shipped) == 0.5
    points[1] = point(0.5, 0.94, 0.87)
    assert neutral.choose_default(points, shipped) == 0.0


def test_the_page_is_that_of_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = json.loads(neutral.RESULT.read_text(encoding="utf-8"))["networks"]
    docs = neutral_report.DOCS
    monkeypatch.setattr(neutral_report, "DOCS", tmp_path)
    neutral_report.write_page(results)
    assert (tmp_path / "neutral.md").read_text() == (docs / "neutral.md").read_text()
    for net, result in results.items():
        info = read_info(net)
        assert info.neutral is not None
        assert (result["sha256"], result["sensitivity"]) == (info.sha256, info.neutral.sensitivity)


@pytest.mark.data
@pytest.mark.slow
def test_people_kept_apart_are_read_better_with_their_neutral_face(data_folder: Path) -> None:
    faces, crops = read_faces(data_folder)
    info = read_info("mien-s")
    logs = np.log(np.maximum(Reader("mien-s").classify(crops).astype(np.float64), 1e-9))
    curve, result = neutral.measure(info, faces, logs)
    fitted, shipped = curve.at(0.5), info.neutral.at(0.5) if info.neutral else None
    assert shipped is not None
    assert [*fitted.biases] == pytest.approx(shipped.biases, abs=0.02)
    scores = result["all other photos"]
    before, default, most = (
        [scores[place][name]["accuracy"][0] for name in ("JAFFE", "Yale", "London")]
        for place in ("as shipped", f"{curve.sensitivity:g}", "1")
    )
    # Other processors round otherwise, which moves a face or two.
    assert before == pytest.approx([0.549, 0.886, 0.549], abs=0.015)
    assert default == pytest.approx([0.632, 0.904, 0.686], abs=0.02)
    assert most == pytest.approx([0.713, 0.865, 0.863], abs=0.02)
    default_scores, shipped_scores = scores[f"{curve.sensitivity:g}"], scores["as shipped"]
    kept = [one["Yale"]["neutrals kept"][0] for one in (default_scores, shipped_scores)]
    assert kept == pytest.approx([0.983, 0.975], abs=0.02)
    assert default_scores["ece"] < shipped_scores["ece"]
