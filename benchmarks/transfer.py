"""Scores both answers of the shipped networks on FER-2013 and in the wild.

Usage: python benchmarks/transfer.py DATA

DATA is a folder with fer2013.zip and wild-dev.zip. Runs `mien evaluate` for each network with mixed
labels and with fer2013 labels, and flip test-time augmentation too on PublicTest; writes
results/transfer.json and docs/transfer.md, with the choice of weight and power that
recipes/mix_votes.py wrote to results/votes.json.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from common import RESULTS, machine, process
from mien.models import DEFAULT, names, read_info
from mien.models.answers import LABELS
from mien.report.markdown import table

PAGE = Path(__file__).parents[1] / "docs" / "transfer.md"
SETS = {
    "PublicTest": ("fer2013.zip", "--split", "public"),
    "PublicTest, flip TTA": ("fer2013.zip", "--split", "public", "--flip-tta"),
    "wild-dev": ("wild-dev.zip",),
}
KEYS = ("accuracy", "balanced_accuracy", "ece")

HEAD = """# Answers beyond FER-2013

FER-2013's labels are often wrong, and few of its faces are other people's photos. FER+ has ten
taggers look at each of them again. The shipped networks answer with both: a second linear layer,
fitted to the taggers' votes on the same features, is averaged with that of the labels
(`recipes/mix_votes.py`). That costs no time, since both are one product of matrices.
`--labels fer2013` of `mien evaluate` and `mien detect`, and `labels="fer2013"` in Python, give the
answer to the labels alone, to the last bit as it was before (the networks in 8 bits were made
anew).

wild-dev are {wild} faces from the wild, 100x100 pixels, with other people's labels. Like
PublicTest it had a part in the choice of the votes' weight, so that both scores are slightly
optimistic; no network was trained on either. Macro recall is the mean of the classes' recalls,
called balanced accuracy by `mien evaluate`. Intervals (95%) are Wilson's for accuracy, otherwise
bootstrapped.

Written by `python benchmarks/transfer.py DATA`.
"""

CHOICE = """## Choice of the votes' weight

By `python recipes/mix_votes.py DATA`: the votes' weight, and the power of their class shares that
they are divided by. Chosen were {weight:g} and {power:g} for all networks, the default one first:
of these weights with that power, it is the largest at which mien-s loses no more than .01 on
PublicTest, and wild-dev's macro recall is higher there than at lower powers. The default is the
mixed answer, which is the better one for users' photos.
"""


def evaluate(folder: Path, net: str, labels: str, words: tuple[str, ...]) -> dict[str, Any]:
    """Evaluate one answer of a network as a user would."""
    with tempfile.TemporaryDirectory() as out:
        file = Path(out) / "scores.json"
        data, *rest = words
        command = ["evaluate", str(folder / data), "--net", net, "--labels", labels, *rest]
        process("-m", "mien", *command, "--json", str(file))()
        scores = json.loads(file.read_text())
    assert scores["labels"] == labels
    kept = {key: scores[key] for key in KEYS}
    return kept | {"n": scores["n"], "interval": {key: scores["interval"][key] for key in KEYS}}


def measure(folder: Path) -> dict[str, Any]:
    """Evaluate all networks."""
    results: dict[str, Any] = {}
    for net in sorted(names(), key=lambda name: (name != DEFAULT, name)):
        results[net] = {"sha256": read_info(net).sha256}
        for labels in LABELS:
            results[net][labels] = {
                name: evaluate(folder, net, labels, words) for name, words in SETS.items()
            }
        print(net, flush=True)
    return results


def _with_interval(scores: dict[str, Any], key: str) -> str:
    low, high = scores["interval"][key]
    return f"{scores[key]:.3f} ({low:.3f} to {high:.3f})"


def networks_table(results: dict[str, Any]) -> str:
    """Return a row for each network and answer."""
    rows = []
    for net, scores in results.items():
        for labels in LABELS:
            public, flipped, wild = scores[labels].values()
            rows.append(
                (
                    net,
                    labels,
                    _with_interval(public, "accuracy"),
                    f"{public['balanced_accuracy']:.3f}",
                    f"{flipped['accuracy']:.3f}",
                    _with_interval(wild, "accuracy"),
                    _with_interval(wild, "balanced_accuracy"),
                    f"{wild['ece']:.3f}",
                )
            )
    headings = (
        *("network", "labels", "PublicTest", "macro recall", "flip TTA"),
        *("wild-dev", "macro recall", "ECE"),
    )
    return table(headings, rows, words=2)


def choice_table(votes: dict[str, Any]) -> str:
    """Return the scores for each weight and power: accuracy / macro recall."""
    nets = sorted(votes["networks"], key=lambda name: (name != DEFAULT, name))
    rows = []
    for place, row in enumerate(votes["networks"][nets[0]]):
        if row["weight"] == 0 and row["power"] != votes["power"]:
            continue
        cells = [f"{row['power']:g}", f"{row['weight']:g}"]
        for net in nets:
            scores = votes["networks"][net][place]
            pairs = (scores[name] for name in ("PublicTest", "wild-dev"))
            cells += [f"{accuracy:.3f} / {recall:.3f}" for accuracy, recall in pairs]
        rows.append(tuple(cells))
    headings = [f"{net}: {name}" for net in nets for name in ("PublicTest", "wild-dev")]
    return table(("power", "weight", *headings), rows)


def write_page(results: dict[str, Any]) -> None:
    """Write docs/transfer.md."""
    votes = json.loads((RESULTS / "votes.json").read_text())
    wild = results[DEFAULT]["mixed"]["wild-dev"]["n"]
    parts = [
        HEAD.format(wild=wild),
        networks_table(results) + "\n",
        CHOICE.format(**votes),
        choice_table(votes) + "\n",
    ]
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def main() -> None:
    """Measure and write."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    results = measure(Path(sys.argv[1]))
    content = {"machine": machine(), "networks": results}
    (RESULTS / "transfer.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    write_page(results)


if __name__ == "__main__":
    main()
