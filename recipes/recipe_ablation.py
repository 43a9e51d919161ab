"""Measures what each part of mien-s's recipe contributes, by leaving out one at a time.

Trains the whole recipe, and the recipe without each part, with three seeds each by train_many.py;
finished networks are not trained again. Prints a table of scores on PublicTest; --json writes the
scores of every seed and the training budget.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import train_many

from mien.data import Samples, read
from mien.evaluation.calibration import nll
from mien.evaluation.scores import headline
from mien.study.ablations import t_interval
from mien.training import Run, load_net
from mien.training.cross_validation import judge

PARTS: Mapping[str, tuple[str, ...]] = {
    "nothing": (),
    "FER+ votes": ("ferplus_weight=0",),
    "logit adjustment": ("logit_adjustment=0",),
    "moving average": ("ema_decay=0",),
    "label smoothing": ("label_smoothing=0",),
    "erasing": ("erase=0",),
    "turning and shifting": ("rotation=0", "shift=0"),
    "contrast and brightness": ("contrast=0", "brightness=0"),
}
"""The parts that are left out, and the settings that do so."""

BUDGET = ("subset", "epochs", "ema_decay")
"""Settings of every training, given on the command line."""

SCORES = ("accuracy", "macro recall", "log-likelihood, negative")

Row = tuple[float, ...]
"""One network's `SCORES`."""


def main(words: list[str] | None = None) -> int:
    """Train what is missing and print the table; return 1 if a training was not finished."""
    options = _parse(words)
    seeds = [f"mien-s@{seed}" for seed in range(options.seeds)]
    budget = tuple(f"{name}={getattr(options, name)}" for name in BUDGET)
    shared = ["--data", str(options.data), "--ferplus", str(options.ferplus)]
    for part, without in PARTS.items():
        # If a setting is repeated, the last one counts.
        settings = [word for setting in (*budget, *without) for word in ("--set", setting)]
        out = ["--out", str(_folder(options.out, part)), "--minutes", str(options.minutes)]
        if train_many.main([*seeds, *shared, *out, *settings]):
            return 1
    faces = read(options.data).split("public")
    scores = {
        part: [
            _score(Run(_folder(options.out, part) / f"mien-s-{seed}"), faces)
            for seed in range(options.seeds)
        ]
        for part in PARTS
    }
    print("\n".join(table(scores)))
    if options.json is not None:
        options.json.write_text(json.dumps(_record(scores, options), indent=2) + "\n")
    return 0


def _parse(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="FER-2013")
    parser.add_argument("--ferplus", type=Path, required=True, help="FER+'s fer2013new.csv")
    parser.add_argument("--out", type=Path, default=Path("runs/ablation"), help="runs folder")
    parser.add_argument("--seeds", type=int, default=3, help="trainings for each part, 2 to 10")
    parser.add_argument("--subset", type=float, default=0.2, help="share of the Training faces")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument(
        "--ema-decay", type=float, default=0.97, help="shorter for a shorter training"
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="time for each part's seeds")
    parser.add_argument("--json", type=Path, help="file for the scores of every seed")
    options = parser.parse_args(words)
    if not 2 <= options.seeds <= 10:
        parser.error(f"expected 2 to 10 seeds, got {options.seeds}")
    if options.json is not None and not options.json.absolute().parent.is_dir():
        parser.error(
            f"there is no folder {options.json.parent} for {options.json.name}; make it first"
        )
    return options


def _folder(out: Path, part: str) -> Path:
    return out / f"without-{part.replace(' ', '-')}"


def _score(run: Run, faces: Samples) -> Row:
    """Return the scores of a run's network, without a temperature."""
    probabilities = judge(load_net(run), faces.images)
    scores = headline(probabilities, faces.labels, faces.vocabulary)
    return scores.accuracy, scores.balanced_accuracy, nll(probabilities, faces.labels)


def _record(scores: Mapping[str, Sequence[Row]], options: argparse.Namespace) -> dict[str, object]:
    """Return the budget, the settings of each part, and the scores of every seed."""
    budget = {name: getattr(options, name) for name in BUDGET}
    without = {
        part: {
            "settings": list(PARTS[part]),
            "seeds": {str(s): dict(zip(SCORES, row, strict=True)) for s, row in enumerate(rows)},
        }
        for part, rows in scores.items()
    }
    return {"recipe": "mien-s", "split": "public", **budget, "without": without}


def table(scores: Mapping[str, Sequence[Row]]) -> list[str]:
    """Return a Markdown table: the means of the whole recipe, and the changes without each part.

    Changes are paired by seed, with the 95% t interval of their mean: the same seed draws the same
    faces and the same initial weights.
    """
    lines = [f"| without | {' | '.join(SCORES)} |", "|---" * (1 + len(SCORES)) + "|"]
    whole = scores["nothing"]
    for part, rows in scores.items():
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
