"""Writes the README's table of measured results from results/*.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from common import RESULTS

README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- measured: benchmarks/readme.py -->", "<!-- end of measured -->"


def _load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return content


def _with_interval(scores: dict[str, Any], name: str) -> str:
    low, high = scores["interval"][name]
    return f"{scores[name]:.3f} ({low:.3f} to {high:.3f})"


def rows() -> list[tuple[str, str]]:
    """Give the table's rows, each a measure and its value."""
    scores, speed = _load("scores"), _load("speed")
    results = {name: each["scores"][0] for name, each in scores["results"].items()}
    public = results["FER-2013 PublicTest"]
    seconds = {name: timed["median"] for name, timed in speed["seconds"].items()}
    net = speed["nets"][public["net"]]
    machine = speed["machine"]
    lines = [
        (
            f"FER-2013 PublicTest, {public['n']:,} faces: accuracy",
            _with_interval(public, "accuracy"),
        ),
        (
            f"the same without the {public['n'] - public['n_unique']} pixel-identical to a"
            " Training face",
            _with_interval(public, "accuracy_unique"),
        ),
        ("macro-F1", _with_interval(public, "macro_f1")),
        ("expected calibration error, 15 bins", _with_interval(public, "ece")),
    ]
    for name in ("JAFFE", "Yale"):
        other = results[f"{name}, face found first"]
        missed = sum(other["missed"].values())
        lines.append(
            (
                f"{name}, {other['n']} photos, face found first ({missed} missed): accuracy",
                _with_interval(other, "accuracy"),
            )
        )
    cold, warm = (seconds[f"mien detect, one 512x512 photo, {how}"] for how in ("cold", "warm"))
    return [
        *lines,
        (
            f"faces a second, batches of 64, {machine['cores']} cores",
            f"{net['faces per second']:,.0f}",
        ),
        ("one 512x512 photo: new process / warm", f"{cold:.2f} s / {warm * 1000:.0f} ms"),
        (
            "`mien --help` / `import mien`, with Python's own start",
            f"{seconds['mien --help']:.2f} s / {seconds['import mien']:.2f} s",
        ),
    ]


def table() -> str:
    """Give the table as Markdown, with its date."""
    scores, machine = _load("scores"), _load("speed")["machine"]
    net = scores["results"]["FER-2013 PublicTest"]["scores"][0]["net"]
    head = f"| measured {machine['date']} on {machine['processor']} | `{net}` (95% interval) |"
    return "\n".join([head, "|---|---|", *(f"| {what} | {value} |" for what, value in rows())])


def main() -> None:
    """Replace what stands between the markers."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(START)
    _, after = rest.split(END)
    README.write_text(f"{before}{START}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
