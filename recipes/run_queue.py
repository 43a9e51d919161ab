"""Trains several recipes side by side on one accelerator, or on a CPU, within a time.

Each RECIPE[@SEED] is a training of its own in OUT/RECIPE-SEED, with its output in
OUT/RECIPE-SEED.log, and has its share of the cores unless --set threads=N says how many. One that
did not finish goes on when the same command is run again, from its last finished epoch. See
QUEUE.md beside this file.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

RECIPES = Path(__file__).resolve().parent
GRACE = 20
"""Seconds that a training has to stop once its time is over."""


def main(words: list[str] | None = None) -> int:
    """Start all trainings, wait, and print what each reached; 0 if all were finished."""
    wanted = _parse(words)
    begun = time.monotonic()
    jobs = {name: _start(name, wanted) for name in wanted.trainings}
    for job in jobs.values():
        try:
            job.wait(timeout=max(0.0, begun + 60 * wanted.minutes - time.monotonic()))
        except subprocess.TimeoutExpired:
            job.terminate()
    for job in jobs.values():
        try:
            job.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            job.kill()
            job.wait()
    for name in jobs:
        print(_summary(name, wanted.out))
    return 0 if all((folder(name, wanted.out) / "card.json").is_file() for name in jobs) else 1


def _parse(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trainings", nargs="+", metavar="RECIPE[@SEED]")
    parser.add_argument("--data", type=Path, required=True, help="FER-2013")
    parser.add_argument("--votes", type=Path, help="FER+'s fer2013new.csv, where a recipe needs it")
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs")
    parser.add_argument("--minutes", type=float, default=9.0, help="time for all of them together")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="setting to try for all"
    )
    wanted = parser.parse_args(words)
    for name in wanted.trainings:
        recipe, _, seed = name.partition("@")
        known = sorted(path.stem for path in RECIPES.glob("*.toml"))
        if recipe not in known:
            parser.error(f"there is no recipe {recipe!r}; there are {', '.join(known)}")
        if not (seed or "0").isdigit():
            parser.error(f"expected a seed such as 1 after the @, got {seed!r}")
    if len(set(wanted.trainings)) < len(wanted.trainings):
        parser.error("a training is named twice; give each a seed of its own, as in mien-b@1")
    for path in (wanted.data, wanted.votes):
        if path is not None and not path.exists():
            parser.error(f"there is no {path}")
    for setting in wanted.set:
        if "=" not in setting:
            parser.error(f"expected a setting such as epochs=150 after --set, got {setting!r}")
    if wanted.out.exists() and not wanted.out.is_dir():
        parser.error(f"{wanted.out} is no folder; name another with --out")
    wanted.out.mkdir(parents=True, exist_ok=True)
    return wanted


def chain_parser(description: str | None, minutes: float) -> argparse.ArgumentParser:
    """Make the parser of a script whose trainings learn from one another, `minutes` a step."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="FER-2013")
    parser.add_argument("--votes", type=Path, required=True, help="FER+'s fer2013new.csv")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder for the runs")
    parser.add_argument("--minutes", type=float, default=minutes, help="time for each step")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="setting to try for all"
    )
    return parser


def chain_words(
    names: list[str], out: Path, wanted: argparse.Namespace, settings: Iterable[str]
) -> list[str]:
    """Word what `main` is to train of a chain; the user's own settings are the last, and count."""
    words = [*names, "--data", wanted.data, "--votes", wanted.votes, "--out", out]
    words += ["--minutes", wanted.minutes]
    words += [word for setting in (*settings, *wanted.set) for word in ("--set", setting)]
    return [str(word) for word in words]


def folder(name: str, out: Path) -> Path:
    """Name the run folder of a training, RECIPE[@SEED]."""
    recipe, _, seed = name.partition("@")
    return out / f"{recipe}-{seed or '0'}"


def gather(target: Path, runs: Iterable[Path]) -> Path:
    """Copy runs into one folder, as a teacher of several is named."""
    for run in runs:
        shutil.copytree(
            run, target / run.name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("last.ckpt")
        )
    return target


def _start(name: str, wanted: argparse.Namespace) -> subprocess.Popen[bytes]:
    """Begin a training, or go on with it."""
    recipe, _, seed = name.partition("@")
    run = folder(name, wanted.out)
    command = [sys.executable, "-m", "mien", "train", "--data", str(wanted.data)]
    if (run / "config.toml").is_file():
        command += ["--resume", str(run)]
    else:
        command += ["--config", str(RECIPES / f"{recipe}.toml"), "--out", str(wanted.out)]
        command += ["--name", run.name, "--seed", seed or "0"]
        # PyTorch takes all cores for each, and trainings side by side then wait for one another.
        if (jobs := len(wanted.trainings)) > 1:
            command += ["--threads", str(max(1, (os.cpu_count() or 1) // jobs))]
        # Of a setting that is given twice, the last one counts.
        for key, value in (word.split("=", 1) for word in wanted.set):
            command += [f"--{key.replace('_', '-')}", value]
        if wanted.votes is not None:
            command += ["--votes", str(wanted.votes)]
    with (run.with_suffix(".log")).open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - its own words


def _summary(name: str, out: Path) -> str:
    """Say how far a training came, or with what words it failed."""
    run = folder(name, out)
    metrics = run / "metrics.csv"
    if not metrics.is_file():
        lines = run.with_suffix(".log").read_text(errors="replace").splitlines()
        return f"{run}: no epoch was finished. {' '.join(lines[-2:])}"
    with metrics.open(newline="") as file:
        rows = list(csv.DictReader(file))
    best = max(rows, key=lambda row: float(row["val_accuracy"]))
    seconds = sum(float(row["seconds"]) for row in rows)
    state = "finished" if (run / "card.json").is_file() else "not finished"
    return (
        f"{run}: {state}, {len(rows)} epochs in {seconds:.0f} s, best PublicTest"
        f" {float(best['val_accuracy']):.4f} in epoch {best['epoch']}"
    )


if __name__ == "__main__":
    sys.exit(main())
