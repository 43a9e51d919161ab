"""Writes the README's table of measured results from results/*.json."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from common import RESULTS
from mien.models import DEFAULT, read_info

README = Path(__file__).parents[1] / "README.md"
START, END = "<!-- measured: benchmarks/readme.py -->", "<!-- end of measured -->"


def _load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
    return content


def _with_interval(scores: dict[str, Any], name: str) -> str:
    low, high = scores["interval"][name]
    return f"{scores[name]:.3f} ({low:.3f} to {high:.3f})"


def _photos(scores: dict[str, Any]) -> str:
    """Say in how many photos a face was looked for, and in how many none was found."""
    return f"{scores['n']} photos, {sum(scores['missed'].values())} faces missed"


def _faces_per_second(timed: dict[str, Any] | None) -> str:
    """Return the speed of a network; one that speed.json lacks has not been timed."""
    return "not timed" if timed is None else f"{timed['faces per second']:,.0f}"


def network_rows() -> list[list[str]]:
    """Return the headings and a row for each network, the default one first."""
    results, speed = _load("scores")["results"], _load("speed")
    scores = {
        data: {one["net"]: one for one in result["scores"]} for data, result in results.items()
    }
    public = scores["FER-2013 PublicTest"]
    alone = {
        one["net"].partition(" (")[0]: one
        for one in results["FER-2013 PublicTest, fer2013 labels"]["scores"]
    }
    wild = scores["wild-dev"]
    others = {name: scores[f"{name}, face found first"] for name in ("JAFFE", "Yale")}
    first = public[DEFAULT]
    head = [
        "network",
        f"PublicTest, {first['n']:,} faces",
        f"unique, {first['n_unique']:,} faces",
        "macro-F1",
        "ECE",
        "PublicTest, `--labels fer2013`",
        f"wild-dev, {wild[DEFAULT]['n']} faces",
        *(f"{name}, {_photos(by_net[DEFAULT])}" for name, by_net in others.items()),
        "faces/s",
        "MB",
    ]
    rows = [head]
    for net in sorted(public, key=lambda name: (name != DEFAULT, name)):
        one = public[net]
        rows.append(
            [
                f"[`{net}`](docs/cards/{net}.md)",
                _with_interval(one, "accuracy"),
                _with_interval(one, "accuracy_unique"),
                f"{one['macro_f1']:.3f}",
                f"{one['ece']:.3f}",
                _with_interval(alone[net], "accuracy"),
                _with_interval(wild[net], "accuracy"),
                *(_with_interval(by_net[net], "accuracy") for by_net in others.values()),
                _faces_per_second(speed["nets"].get(net)),
                f"{read_info(net).size / 1e6:.1f}",
            ]
        )
    return rows


def timing_sentence() -> str:
    """Say how long a user waits for the default network."""
    speed = _load("speed")
    seconds = {name: timed["median"] for name, timed in speed["seconds"].items()}
    cold, warm = (seconds[f"mien detect, one 512x512 photo, {how}"] for how in ("cold", "warm"))
    machine = speed["machine"]
    return (
        f"Measured {machine['date']} on {machine['cores']} cores of an {machine['processor']}. One"
        f" 512x512 photo takes {cold:.2f} s in a new process and {warm * 1000:.0f} ms in a running"
        f" one, `mien --help` {seconds['mien --help']:.2f} s and `import mien`"
        f" {seconds['import mien']:.2f} s, Python's own start included."
    )


def clips_sentence() -> str:
    """Say how fast clips are read, and how much faster than by fer."""
    video = _load("video")
    rates = {
        size: video["speeds"][f"{size}, watch"]["median"] for size in ("640x480", "1920x1080")
    }
    times = {size: pair["times as fast"]["median"] for size, pair in video["beside fer"].items()}
    small, large = rates
    return (
        f"Clips with one face are read at {rates[small]:.0f} frames/s in {small} and"
        f" {rates[large]:.0f} in {large}, {times[small]:.1f} and {times[large]:.1f} times as fast"
        " as by `fer`'s `Video.analyze` beside it, and 10 minutes of the latter take at most"
        f" {video['peak megabytes']['10 minutes']:.0f} MB."
    )


def table() -> str:
    """Return the table as Markdown, and the times below it."""
    first, *others = (f"| {' | '.join(row)} |" for row in network_rows())
    lines = [first, "|---" * first.count(" | ") + "|---|", *others]
    times = f"{timing_sentence()} {clips_sentence()}"
    return "\n".join([*lines, "", *textwrap.wrap(times, 100)])


def main() -> None:
    """Replace the text between the markers."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(START)
    _, after = rest.split(END)
    README.write_text(f"{before}{START}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
