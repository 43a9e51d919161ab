"""Trains mien-m and mien-s on two CPU cores, in steps that learn from the networks before.

Two mien-s are the teachers of mien-m, which is a narrow mien-b; these three are the teachers of
its second half; and mien-m is a teacher of the second half of mien-s. Run the script again to
resume it; finished networks are not trained again (train_many.py). Each step has a fixed number of
threads, since another number rounds sums differently. All of it takes hours; export the last two
runs afterwards. The shipped networks were trained on an accelerator: see accelerated.py.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import train_many


def main(words: list[str] | None = None) -> int:
    """Train all; return 1 if a training was not finished in time."""
    options = train_many.chain_parser(__doc__, minutes=6000).parse_args(words)
    out = options.out
    first = [out / "first" / name for name in ("mien-s-0", "mien-s-1")]
    steps = ("mien-b-distill", "mien-b-finetune-distill", "mien-s-finetune-distill")
    distilled, large, small = (out / step / f"{step}-0" for step in steps)
    if not _train(["mien-s@0", "mien-s@1"], first[0].parent, options, threads=1):
        return 1
    if not _train(["mien-b-distill"], distilled.parent, options, teacher=first[0].parent):
        return 1
    three = train_many.gather(out / "three", [*first, distilled])
    if not _train(
        ["mien-b-finetune-distill"], large.parent, options, init_from=distilled, teacher=three
    ):
        return 1
    pair = train_many.gather(out / "pair", [first[1], large])
    # The recipe expects a teacher that was trained on an accelerator, which is better.
    settings = ["epochs=24", "distill_weight=0.5"]
    if not _train(
        ["mien-s-finetune-distill"],
        small.parent,
        options,
        settings,
        init_from=first[1],
        teacher=pair,
    ):
        return 1
    print(f"mien export {large} --name mien-m\nmien export {small} --name mien-s")
    return 0


def _train(
    names: list[str],
    out: Path,
    options: argparse.Namespace,
    own: Sequence[str] = (),
    threads: int = 2,
    **paths: Path,
) -> bool:
    """Train by recipes with the paths of other runs; return whether all were finished."""
    settings = [f"threads={threads}", *own, *(f"{key}={path}" for key, path in paths.items())]
    return train_many.main(train_many.chain_words(names, out, options, settings)) == 0


if __name__ == "__main__":
    sys.exit(main())
