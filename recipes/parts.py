"""Finds what each part of mien-s's recipe is worth, by leaving out one at a time.

Trains the whole recipe and the recipe less each part, three seeds each, by run_queue.py beside this
file: what is finished is not trained again. Prints a table of PublicTest's scores; --json writes
every seed's, and how far each was trained.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import run_queue

from mien.data import Samples, read
from mien.evaluation.scores import headline
from mien.export.temperature import nll
from mien.study.ablations import t_interval
from mien.training import Run
from mien.training.run import load_net

PARTS: Mapping[str, tuple[str, ...]] = {
    "nothing": (),
    "votes": ("vote_weight=0",),
    "balance": ("balance=0",),
    "average": ("average=0",),
    "label smoothing": ("label_smoothing=0",),
    "erasing": ("erase=0",),
    "turning and shifting": ("rotation=0", "shift=0"),
    "contrast and brightness": ("contrast=0", "brightness=0"),
}
"""What is left out, and the settings that do so."""

SCORES = ("accuracy", "macro recall", "log-likelihood, negative")

Row = tuple[float, ...]
"""One network's `SCORES`."""


def main(words: list[str] | None = None) -> int:
    """Train what is missing and print the table; 1 if a training was not finished."""
    wanted = _parse(words)
    seeds = [f"mien-s@{seed}" for seed in range(wanted.seeds)]
    budget = (f"subset={wanted.subset}", f"epochs={wanted.epochs}", f"average={wanted.average}")
    shared = ["--data", str(wanted.data), "--votes", str(wanted.votes)]
    for part, without in PARTS.items():
        # Where a setting is given twice, the last one counts.
        settings = [word for setting in (*budget, *without) for word in ("--set", setting)]
        out = ["--out", str(_folder(wanted.out, part)), "--minutes", str(wanted.minutes)]
        if run_queue.main([*seeds, *shared, *out, *settings]):
            return 1
    faces = read(wanted.data).split("public")
    found = {
        part: [
            _score(Run(_folder(wanted.out, part) / f"mien-s-{seed}"), faces)
            for seed in range(wanted.seeds)
        ]
        for part in PARTS
    }
    print("\n".join(table(found)))
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(_record(found, wanted), indent=2) + "\n")
    return 0


def _parse(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER-2013")
    parser.add_argument("--votes", type=Path, required=True, help="FER+'s fer2013new.csv")
    parser.add_argument("--out", type=Path, default=Path("runs/parts"), help="folder for the runs")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each, 2 to 10")
    parser.add_argument("--subset", type=float, default=0.2, help="share of the Training faces")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument(
        "--average", type=float, default=0.97, help="decay; as long a share of the training"
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="time for each part's seeds")
    parser.add_argument("--json", type=Path, help="file for the scores of every seed")
    wanted = parser.parse_args(words)
    if not 2 <= wanted.seeds <= 10:
        parser.error(f"expected 2 to 10 seeds, got {wanted.seeds}")
    if wanted.json is not None and not wanted.json.absolute().parent.is_dir():
        parser.error(
            f"there is no folder {wanted.json.parent} for {wanted.json.name}; make it first"
        )
    return wanted


def _folder(out: Path, part: str) -> Path:
    return out / f"without-{part.replace(' ', '-')}"


def _score(run: Run, faces: Samples) -> Row:
    """Give what a run's network reaches, without a temperature."""
    import torch

    pixels, net = torch.tensor(np.array(faces.images))[:, None] / 255, load_net(run)
    with torch.inference_mode():
        said = torch.cat([net(batch).softmax(dim=1) for batch in pixels.split(256)]).numpy()
    scores = headline(said, faces.labels)
    return scores["accuracy"], scores["balanced_accuracy"], nll(said, faces.labels)


def _record(found: Mapping[str, Sequence[Row]], wanted: argparse.Namespace) -> dict[str, object]:
    """Gather the budget, what each part's settings are, and every seed's scores."""
    budget = {name: getattr(wanted, name) for name in ("subset", "epochs", "average")}
    without = {
        part: {
            "settings": list(PARTS[part]),
            "seeds": {str(s): dict(zip(SCORES, row, strict=True)) for s, row in enumerate(rows)},
        }
        for part, rows in found.items()
    }
    return {"recipe": "mien-s", "split": "public", **budget, "without": without}


def table(found: Mapping[str, Sequence[Row]]) -> list[str]:
    """Write the means of the whole recipe, and how far each part's loss is from them.

    Changes are by seed, with the 95% t interval of their mean: the same seed draws the same faces
    and begins with the same weights.
    """
    lines = [f"| without | {' | '.join(SCORES)} |", "|---" * (1 + len(SCORES)) + "|"]
    whole = found["nothing"]
    for part, rows in found.items():
        cells = [
            _cell(part, values, base)
            for values, base in zip(zip(*rows, strict=True), zip(*whole, strict=True), strict=True)
        ]
        lines.append(f"| {part} | {' | '.join(cells)} |")
    return lines


def _cell(part: str, values: Sequence[float], whole: Sequence[float]) -> str:
    if part == "nothing":
        return f"{statistics.fmean(values):.3f}"
    changes = [a - b for a, b in zip(values, whole, strict=True)]
    interval = t_interval(changes)
    assert interval is not None
    return f"{statistics.fmean(changes):+.3f} ({interval[0]:+.3f} to {interval[1]:+.3f})"


if __name__ == "__main__":
    sys.exit(main())
