"""Trains mien-b and mien-s on one GPU, in two steps of a few minutes, many networks side by side.

``first``: three mien-b, two of three quarters of its width, and two mien-s, each from random
weights, in OUT/first. ``second``: all are fine-tuned and distilled from the five mien-b of
OUT/first, in OUT/second. Run a step again to resume it; see train_many.py. The shipped mien-b is
OUT/second's mien-b-finetune-distill-0, the shipped mien-m its mien-b-finetune-distill-4, after 76
and 22 epochs.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import train_many

WIDE, NARROW, SMALL = (0, 1, 2), (3, 4), (0, 1)
"""Seeds of the wide mien-b, the narrow ones, and mien-s, counted from --first-seed."""
THREE_QUARTERS = ("width=48", "dense=384")
"""Settings of the narrow mien-b; one of them is shipped as mien-m."""
FULL = ("width=64", "dense=512")
"""Settings of the wide mien-b, since the recipe for second halves is for the narrow ones."""
LARGE = "batch_size=256"
"""For all networks: on a GPU that many trainings share, steps are the bottleneck, not faces."""
STRONG_TEACHER = "distill_weight=0.7"
"""Setting of the second step, whose teachers are better than its pupils."""


def main(words: list[str] | None = None) -> int:
    """Train one step; return 1 if a training was not finished in time."""
    options = _parse(words)
    first, second = options.out / "first", options.out / "second"
    wide, narrow, small = (
        [f"{recipe}@{options.first_seed + seed}" for seed in seeds]
        for recipe, seeds in (("mien-b", WIDE), ("mien-b", NARROW), ("mien-s", SMALL))
    )
    if options.step == "first":
        queues = [
            _queue(wide, first, options),
            _queue(narrow, first, options, *THREE_QUARTERS),
            _queue(small, first, options),
        ]
    else:
        teachers = train_many.gather(
            options.out / f"teachers-{options.first_seed}",
            [train_many.folder(name, first) for name in (*wide, *narrow)],
        )
        queues = [
            _queue(
                [name.replace("@", "-finetune-distill@")],
                second,
                options,
                f"init_from={train_many.folder(name, first)}",
                f"teacher={teachers}",
                STRONG_TEACHER,
                *(FULL if name in wide else ()),
            )
            for name in (*wide, *narrow, *small)
        ]
    with ThreadPoolExecutor(len(queues)) as pool:
        return max(pool.map(train_many.main, queues))


def _parse(words: list[str] | None) -> argparse.Namespace:
    parser = train_many.chain_parser(__doc__, minutes=9)
    parser.add_argument("step", choices=("first", "second"))
    parser.add_argument("--epochs", type=int, required=True, help="epochs of each training")
    parser.add_argument("--first-seed", type=int, default=0, help="for five others: 10")
    return parser.parse_args(words)


def _queue(
    names: list[str], out: Path, options: argparse.Namespace, *settings: str
) -> list[str]:
    """Return the arguments for train_many.py; two threads are enough beside a GPU."""
    own = ["threads=2", f"epochs={options.epochs}", LARGE, *settings]
    return train_many.chain_words(names, out, options, own)


if __name__ == "__main__":
    sys.exit(main())
