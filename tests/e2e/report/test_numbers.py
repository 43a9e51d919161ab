"""The numbers of a report's page are those of the file of scores, and no others."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

check_page = runpy.run_path(str(Path(__file__).parents[2] / "html_check.py"))["check_page"]


def numbers_of(page: Any, part: str) -> list[float]:
    """Return the numbers of one part of the first network's section."""
    (place,) = (name for name in page.numbers if re.fullmatch(rf"n1-.*bold-b-{part}", name))
    shown: list[float] = page.numbers[place]
    return shown


def leaves(content: Any) -> Iterator[float]:
    """Give every number in a part of the scores."""
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list):
        for each in content:
            yield from leaves(each)
    elif isinstance(content, int | float) and not isinstance(content, bool):
        yield content


def test_headline_and_classes_are_those_of_the_file(page: Any, scores: dict[str, Any]) -> None:
    shown = numbers_of(page, "scores")
    keys = ("accuracy", "balanced_accuracy", "macro_f1", "ece", "brier", "nll", "aurc")
    for part in (scores, scores["unique"]):
        assert {part["n"], *(part[key] for key in keys)} <= set(shown)
        assert set(leaves([part["interval"][key] for key in keys])) <= set(shown)
    for key in ("recall", "precision", "f1"):
        assert set(leaves([scores[key], scores["interval"][key]])) <= set(shown)


def test_confusion_is_that_of_the_file(page: Any, scores: dict[str, Any]) -> None:
    wanted = [cell for row in scores["confusion"] for cell in (*row, sum(row))]
    assert numbers_of(page, "confusion")[-56:] == wanted


def expected(scores: dict[str, Any]) -> dict[str, list[Any]]:
    """Name what each part shows of the file of scores."""
    inside, chosen = scores["interval"], scores["selective"]
    votes, robustness = scores["votes"], scores["robustness"]
    shares = ("n", "accuracy", "label_accuracy", "interval")
    return {
        "reliability": [
            *([each[key] for key in ("count", "confidence", "accuracy", "interval")]
              for each in scores["reliability"] if each["count"]),
            *(scores["ece"], inside["ece"]),
        ],
        "risk-and-coverage": [
            *(scores["accuracy_at_coverage"], inside["accuracy_at_coverage"]),
            *(scores["aurc"], inside["aurc"], chosen["interval"]["accuracy"]),
            [chosen[key] for key in ("target_accuracy", "threshold", "answered", "coverage")],
            chosen["accuracy"],
        ],
        "prediction-sets": [
            scores["conformal"]["halves"],
            *([each[key] for key in ("level", "coverage", "size", "single", "empty")]
              for each in scores["conformal"]["sets"]),
            *([each["interval"][key] for key in ("coverage", "size")]
              for each in scores["conformal"]["sets"]),
        ],
        "human-votes": [
            *(votes["ties"], votes["elsewhere"]),
            *([part[key] for key in shares] for part in (votes, votes["agreed"])),
        ],
        "groups": [
            *([each[key] for key in ("n", "accuracy", "macro_f1", "ece")]
              + [each["interval"][key] for key in ("accuracy", "macro_f1", "ece")]
              for each in scores["groups"]["half"]["groups"].values()),
            [scores["groups"]["half"]["gap"][key] for key in ("value", "p", "permutations")],
        ],
        "corruptions": [
            robustness["n"],
            *(robustness["clean"][key] for key in ("accuracy", "interval")),
            *(robustness[f"mean_corruption_{key}"] for key in ("accuracy", "macro_f1")),
            *([each["mean_accuracy"]] + [cell["accuracy"] for cell in each["severities"].values()]
              for each in robustness["corruptions"].values()),
        ],
    }  # fmt: skip


def test_each_section_shows_the_numbers_of_the_file_and_no_others(
    page: Any, scores: dict[str, Any]
) -> None:
    # The reliability's own count of faces, and of those whose vote or prediction counts.
    counts = {scores["n"]}
    for part, content in expected(scores).items():
        assert set(leaves(content)) <= set(numbers_of(page, part)), part
        assert set(numbers_of(page, part)) <= set(leaves(content)) | counts, part


def test_shown_numbers_are_rounded_from_their_values(folder: Path) -> None:
    text = (folder / "page.html").read_text(encoding="utf-8")
    found = re.findall(r'<data value="([^"]+)">([-\d.,]+)(%?)</data>', text)
    assert len(found) > 300
    for value, said, sign in found:
        digits = len(said.partition(".")[2])
        scale = 100 if sign else 1
        off = abs(float(value) * scale - float(said.replace(",", "")))
        assert off <= 0.5 * 10**-digits + 1e-9, (value, said)


def test_two_networks_are_compared_by_pairs(folder: Path) -> None:
    found = check_page((folder / "two.html").read_text(encoding="utf-8"))
    assert "All networks" in found.text[""]
    assert "In pairs, against" in found.text[""]
    files = (folder / name for name in ("scores.json", "other.json"))
    accuracies = [json.loads(file.read_text())["accuracy"] for file in files]
    assert set(accuracies) <= set(found.numbers[""])
    difference = min(accuracies) - max(accuracies)
    assert any(abs(number - difference) < 1e-12 for number in found.numbers[""])
