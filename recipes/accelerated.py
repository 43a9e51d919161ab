"""Trains mien-b and mien-s on one GPU, in two steps of some minutes, many networks side by side.

``first``: three mien-b, two of three quarters of its width, and two mien-s, each from random
weights, in OUT/first. ``second``: all go on learning, taught by the five mien-b of OUT/first, in
OUT/second. A step goes on where it was interrupted, by run_queue.py beside this file. The shipped
mien-b is OUT/second's mien-b-second-0, the shipped mien-m its mien-b-second-4, of 76 and 22 epochs.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import run_queue

WIDE, NARROW, SMALL = (0, 1, 2), (3, 4), (0, 1)
"""Seeds of the wide mien-b, the narrow ones, and mien-s, counted from --first-seed."""
THREE_QUARTERS = ("width=48", "dense=384")
"""Settings of the narrow mien-b, one of which is shipped as mien-m."""
FULL = ("width=64", "dense=512")
"""Settings of the wide ones; the recipe for second halves is for the narrow."""
LARGE = "batch_size=256"
"""Setting of all: a GPU that many trainings share waits for steps rather than for faces."""
TAUGHT = "teacher_weight=0.7"
"""Setting of the second step, whose teachers know more than its pupils."""


def main(words: list[str] | None = None) -> int:
    """Train one step; 1 if a training was not finished in its time."""
    wanted = _parse(words)
    first, second = wanted.out / "first", wanted.out / "second"
    wide, narrow, small = (
        [f"{recipe}@{wanted.first_seed + seed}" for seed in seeds]
        for recipe, seeds in (("mien-b", WIDE), ("mien-b", NARROW), ("mien-s", SMALL))
    )
    if wanted.step == "first":
        queues = [
            _queue(wide, first, wanted),
            _queue(narrow, first, wanted, *THREE_QUARTERS),
            _queue(small, first, wanted),
        ]
    else:
        teachers = run_queue.gather(
            wanted.out / f"teachers-{wanted.first_seed}",
            [run_queue.folder(name, first) for name in (*wide, *narrow)],
        )
        queues = [
            _queue(
                [name.replace("@", "-second@")],
                second,
                wanted,
                f"start={run_queue.folder(name, first)}",
                f"teacher={teachers}",
                TAUGHT,
                *(FULL if name in wide else ()),
            )
            for name in (*wide, *narrow, *small)
        ]
    with ThreadPoolExecutor(len(queues)) as pool:
        return max(pool.map(run_queue.main, queues))


def _parse(words: list[str] | None) -> argparse.Namespace:
    parser = run_queue.chain_parser(__doc__, minutes=9)
    parser.add_argument("step", choices=("first", "second"))
    parser.add_argument("--epochs", type=int, required=True, help="epochs of each training")
    parser.add_argument("--first-seed", type=int, default=0, help="for five others: 10")
    return parser.parse_args(words)


def _queue(
    names: list[str], out: Path, wanted: argparse.Namespace, *settings: str
) -> list[str]:
    """Word what run_queue.py is to train; two threads are enough beside a GPU."""
    own = ["threads=2", f"epochs={wanted.epochs}", LARGE, *settings]
    return run_queue.chain_words(names, out, wanted, own)


if __name__ == "__main__":
    sys.exit(main())
