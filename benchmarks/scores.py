"""Scores every shipped network by `mien evaluate`; writes results/scores.json.

Give the folder of the data sets as the only argument, or as MIEN_DATA.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from common import process, publish
from mien.evaluation.results import Scores, read_results
from mien.evaluation.wording import interval_text, number

# name of the result, data set, more arguments
RUNS = [
    ("FER-2013 PublicTest", "fer2013.zip", ["--split", "public", "--against", "fer2013.zip"]),
    (
        "FER-2013 PublicTest, fer2013 labels",
        "fer2013.zip",
        ["--split", "public", "--against", "fer2013.zip", "--labels", "fer2013"],
    ),
    ("wild-dev", "wild-dev.zip", []),
    ("FER-2013 PublicTest, face found first", "fer2013.zip", ["--split", "public", "--detect"]),
    ("JAFFE, face found first", "jaffe.zip", ["--detect"]),
    ("Yale, face found first", "yalefaces.zip", ["--detect"]),
]


def run(folder: Path, data: str, words: list[str]) -> list[Scores]:
    """Evaluate all shipped networks on one data set, as a user would."""
    placed = [str(folder / word) if word.endswith(".zip") else word for word in words]
    with tempfile.TemporaryDirectory() as out:
        file = Path(out) / "scores.json"
        command = ["-m", "mien", "evaluate", str(folder / data), "--net", "all", *placed]
        process(*command, "--json", str(file))()
        return [scores for scores in read_results(file) if isinstance(scores, Scores)]


def _row(name: str, scores: Scores) -> tuple[str, ...]:
    return (
        scores.net,
        name,
        str(scores.n),
        number(scores.accuracy),
        interval_text(scores.interval.accuracy),
        number(scores.macro_f1),
        number(scores.ece),
    )


def main() -> None:
    """Score, print and write."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("MIEN_DATA", "data"))
    results, rows = {}, [("network", "data", "n", "accuracy", "95% interval", "macro-F1", "ECE")]
    for name, data, words in RUNS:
        measured = run(folder, data, words)
        results[name] = {
            "command": " ".join(["mien evaluate", data, "--net all", *words]),
            "scores": [json.loads(scores.to_json()) for scores in measured],
        }
        rows += [_row(name, scores) for scores in measured]
    publish("scores", {"results": results}, rows)


if __name__ == "__main__":
    main()
