"""Trains mien-m and mien-s on two CPU cores alone, step by step, as each learns from those before.

Two mien-s teach mien-m, which is a narrow mien-b; these three teach its second half; and mien-m
teaches the second half of mien-s. What is finished is not trained again, and what was interrupted
goes on, by run_queue.py beside this file. Each step has its number of threads, since others round
sums differently. Hours; mien export then makes networks of the last two runs. What is shipped had
an accelerator besides: see accelerated.py.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import run_queue


def main(words: list[str] | None = None) -> int:
    """Train all; 1 if a training was not finished in its time."""
    wanted = run_queue.chain_parser(__doc__, minutes=6000).parse_args(words)
    out = wanted.out
    first = [out / "first" / name for name in ("mien-s-0", "mien-s-1")]
    steps = ("mien-b-taught", "mien-b-second", "mien-s-second")
    taught, large, small = (out / step / f"{step}-0" for step in steps)
    if not _train(["mien-s@0", "mien-s@1"], first[0].parent, wanted, threads=1):
        return 1
    if not _train(["mien-b-taught"], taught.parent, wanted, teacher=first[0].parent):
        return 1
    three = run_queue.gather(out / "three", [*first, taught])
    if not _train(["mien-b-second"], large.parent, wanted, start=taught, teacher=three):
        return 1
    pair = run_queue.gather(out / "pair", [first[1], large])
    # The recipe itself is for a mien-b that an accelerator trained, which has more to say.
    settings = ["epochs=24", "teacher_weight=0.5"]
    if not _train(
        ["mien-s-second"], small.parent, wanted, settings, start=first[1], teacher=pair
    ):
        return 1
    print(f"mien export {large} --name mien-m\nmien export {small} --name mien-s")
    return 0


def _train(
    names: list[str],
    out: Path,
    wanted: argparse.Namespace,
    own: Sequence[str] = (),
    threads: int = 2,
    **paths: Path,
) -> bool:
    """Train by recipes, with other runs where their files name them; say if all were finished."""
    settings = [f"threads={threads}", *own, *(f"{key}={path}" for key, path in paths.items())]
    return run_queue.main(run_queue.chain_words(names, out, wanted, settings)) == 0


if __name__ == "__main__":
    sys.exit(main())
