"""Writes the README's table of measured results from results/*.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from common import RESULTS
from mien.weights import DEFAULT

README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- measured: benchmarks/readme.py -->", "<!-- end of measured -->"


def _load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return content


def _with_interval(scores: dict[str, Any], name: str) -> str:
    low, high = scores["interval"][name]
    return f"{scores[name]:.3f} ({low:.3f} to {high:.3f})"


def of_networks() -> list[tuple[str, list[str]]]:
    """Give the rows with a value for each network, the default one's first."""
    results, speed = _load("scores")["results"], _load("speed")
    cores, nets = speed["machine"]["cores"], speed["nets"]
    scores = {
        data: sorted(each["scores"], key=lambda one: (one["net"] != DEFAULT, one["net"]))
        for data, each in results.items()
    }
    public = scores["FER-2013 PublicTest"]
    first = public[0]
    lines = [
        (f"FER-2013 PublicTest, {first['n']:,} faces: accuracy", "accuracy"),
        (
            f"the same without the {first['n'] - first['n_unique']} pixel-identical to a"
            " Training face",
            "accuracy_unique",
        ),
        ("macro-F1", "macro_f1"),
        ("expected calibration error, 15 bins", "ece"),
    ]
    rows = [(what, [_with_interval(one, name) for one in public]) for what, name in lines]
    for name in ("JAFFE", "Yale"):
        others = scores[f"{name}, face found first"]
        missed = sum(others[0]["missed"].values())
        what = f"{name}, {others[0]['n']} photos, face found first ({missed} missed): accuracy"
        rows.append((what, [_with_interval(one, "accuracy") for one in others]))
    speeds = [f"{nets[one['net']]['faces per second']:,.0f}" for one in public]
    return [*rows, (f"faces a second, batches of 64, {cores} cores", speeds)]


def of_all() -> list[tuple[str, str]]:
    """Give the rows that the default network stands for."""
    seconds = {name: timed["median"] for name, timed in _load("speed")["seconds"].items()}
    cold, warm = (seconds[f"mien detect, one 512x512 photo, {how}"] for how in ("cold", "warm"))
    return [
        ("one 512x512 photo: new process / warm", f"{cold:.2f} s / {warm * 1000:.0f} ms"),
        (
            "`mien --help` / `import mien`, with Python's own start",
            f"{seconds['mien --help']:.2f} s / {seconds['import mien']:.2f} s",
        ),
    ]


def table() -> str:
    """Give the table as Markdown, with its date."""
    scores, machine = _load("scores"), _load("speed")["machine"]
    nets = [one["net"] for one in scores["results"]["FER-2013 PublicTest"]["scores"]]
    nets.sort(key=lambda net: (net != DEFAULT, net))
    head = [f"measured {machine['date']} on {machine['processor']}"]
    head += [f"`{net}` (95% interval)" for net in nets]
    lines = [head, *([what, *values] for what, values in of_networks())]
    lines += [[what, value, *[""] * (len(nets) - 1)] for what, value in of_all()]
    first, *others = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([first, "|---" * len(head) + "|", *others])


def main() -> None:
    """Replace what stands between the markers."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(START)
    _, after = rest.split(END)
    README.write_text(f"{before}{START}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
