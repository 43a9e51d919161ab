"""Scores every shipped network by `mien evaluate`; writes results/scores.json.

Give the folder of the data sets as the only argument, or as MIEN_DATA.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from common import process, publish

# name of the result, data set, further words
RUNS = [
    ("FER-2013 PublicTest", "fer2013.zip", ["--split", "public", "--against", "fer2013.zip"]),
    ("FER-2013 PublicTest, face found first", "fer2013.zip", ["--split", "public", "--detect"]),
    ("JAFFE, face found first", "jaffe.zip", ["--detect"]),
    ("Yale, face found first", "yalefaces.zip", ["--detect"]),
]


def run(folder: Path, data: str, words: list[str]) -> list[dict[str, Any]]:
    """Evaluate all shipped networks on one data set."""
    placed = [str(folder / word) if word.endswith(".zip") else word for word in words]
    with tempfile.TemporaryDirectory() as out:
        file = Path(out) / "scores.json"
        command = ["-m", "mien", "evaluate", str(folder / data), "--net", "all", *placed]
        process(*command, "--json", str(file))()
        results: list[dict[str, Any]] = json.loads(file.read_text())
    return results


def main() -> None:
    """Score, print and write."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("MIEN_DATA", "data"))
    results, rows = {}, [("network", "data", "n", "accuracy", "95% interval", "macro-F1", "ECE")]
    for name, data, words in RUNS:
        scores = run(folder, data, words)
        results[name] = {
            "command": " ".join(["mien evaluate", data, "--net all", *words]),
            "scores": scores,
        }
        for each in scores:
            low, high = each["interval"]["accuracy"]
            values = [f"{each[key]:.3f}" for key in ("accuracy", "macro_f1", "ece")]
            values.insert(1, f"{low:.3f} to {high:.3f}")
            rows.append((each["net"], name, str(each["n"]), *values))
    publish("scores", {"results": results}, rows)


if __name__ == "__main__":
    main()
