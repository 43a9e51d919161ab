"""Trains mien-b and mien-s on one GPU, in steps of some minutes, many networks side by side.

``first``: three mien-b, two of three quarters of its width, and two mien-s, each from random
weights, in OUT/first. ``second``: the two narrow mien-b and the two mien-s go on learning, taught
by all five mien-b, in OUT/second. ``members``: so do the three wide ones, and all five mien-b of
OUT/second together are an ensemble. A step goes on where it was interrupted, by run_queue.py beside
this file.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import run_queue

WIDE, NARROW = ("mien-b@0", "mien-b@1", "mien-b@2"), ("mien-b@3", "mien-b@4")
SMALL = ("mien-s@0", "mien-s@1")
THREE_QUARTERS = ("width=48", "dense=384")
"""Settings of the mien-b that is small enough to be shipped."""
FULL = ("width=64", "dense=512")
"""Settings of the others, whose recipe for second halves is for the narrow ones."""
LARGE = "batch_size=256"
"""Setting of all: a GPU that many trainings share waits for steps rather than for faces."""
TAUGHT = "teacher_weight=0.7"
"""Setting of the second step, whose teachers know more than its pupils."""


def main(words: list[str] | None = None) -> int:
    """Train one step; 1 if a training was not finished in its time."""
    wanted = _parse(words)
    first, second, teachers = (wanted.out / name for name in ("first", "second", "teachers"))
    if wanted.step == "first":
        queues = [
            _queue(WIDE, first, wanted),
            _queue(NARROW, first, wanted, *THREE_QUARTERS),
            _queue(SMALL, first, wanted),
        ]
    else:
        for name in (*WIDE, *NARROW):
            _copy(first / _folder(name), teachers)
        queues = [
            _queue(
                [name.replace("@", "-second@")],
                second,
                wanted,
                f"start={first / _folder(name)}",
                f"teacher={teachers}",
                TAUGHT,
                *(FULL if name in WIDE else ()),
            )
            for name in (WIDE if wanted.step == "members" else (*NARROW, *SMALL))
        ]
    with ThreadPoolExecutor(len(queues)) as pool:
        return max(pool.map(run_queue.main, queues))


def _parse(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=("first", "second", "members"))
    parser.add_argument("--epochs", type=int, required=True, help="epochs of each training")
    parser.add_argument("--data", type=Path, required=True, help="FER-2013")
    parser.add_argument("--votes", type=Path, required=True, help="FER+'s fer2013new.csv")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder for the runs")
    parser.add_argument("--minutes", type=float, default=9.0, help="time for the step")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="setting to try for all"
    )
    return parser.parse_args(words)


def _queue(
    names: list[str] | tuple[str, ...], out: Path, wanted: argparse.Namespace, *settings: str
) -> list[str]:
    """Word what run_queue.py is to train; two threads are enough beside a GPU."""
    # Of a setting that is given twice, the last one counts.
    own = ["threads=2", f"epochs={wanted.epochs}", LARGE, *settings, *wanted.set]
    words = [*names, "--data", wanted.data, "--votes", wanted.votes, "--out", out]
    words += ["--minutes", wanted.minutes, *(part for each in own for part in ("--set", each))]
    return [str(word) for word in words]


def _folder(name: str) -> str:
    """Name a training's run folder, as run_queue.py does."""
    return name.replace("@", "-")


def _copy(run: Path, folder: Path) -> None:
    """Copy a run into a folder, as a teacher of several is named."""
    shutil.copytree(
        run, folder / run.name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("last.ckpt")
    )


if __name__ == "__main__":
    sys.exit(main())
