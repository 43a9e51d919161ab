"""Trains several recipes side by side on one accelerator or CPU, within a time limit.

Each RECIPE[@SEED] is a training of its own in OUT/RECIPE-SEED, with its output in
OUT/RECIPE-SEED.log. Cores are divided among the trainings unless --set threads=N says otherwise.
Run the same command again to resume what did not finish after its last finished epoch. See
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
"""Seconds that a training has to stop after its time is over."""


def main(words: list[str] | None = None) -> int:
    """Start all trainings, wait, and print their results; return 0 if all were finished."""
    options = _parse(words)
    begun = time.monotonic()
    jobs = {name: _start(name, options) for name in options.trainings}
    for job in jobs.values():
        try:
            job.wait(timeout=max(0.0, begun + 60 * options.minutes - time.monotonic()))
        except subprocess.TimeoutExpired:
            job.terminate()
    for job in jobs.values():
        try:
            job.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            job.kill()
            job.wait()
    for name in jobs:
        print(_summary(name, options.out))
    return 0 if all(_finished(folder(name, options.out)) for name in jobs) else 1


def _parse(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trainings", nargs="+", metavar="RECIPE[@SEED]")
    parser.add_argument("--data", type=Path, required=True, help="FER-2013")
    parser.add_argument("--ferplus", type=Path, help="fer2013new.csv, if a recipe needs it")
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs")
    parser.add_argument("--minutes", type=float, default=9.0, help="time limit for all together")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="setting for all trainings"
    )
    options = parser.parse_args(words)
    for name in options.trainings:
        recipe, _, seed = name.partition("@")
        known = sorted(path.stem for path in RECIPES.glob("*.toml"))
        if recipe not in known:
            parser.error(f"there is no recipe {recipe!r}; there are {', '.join(known)}")
        if not (seed or "0").isdigit():
            parser.error(f"expected a seed such as 1 after the @, got {seed!r}")
    if len(set(options.trainings)) < len(options.trainings):
        parser.error("a training is repeated; add a seed, as in mien-b@1")
    for path in (options.data, options.ferplus):
        if path is not None and not path.exists():
            parser.error(f"there is no {path}")
    for setting in options.set:
        if "=" not in setting:
            parser.error(f"expected a setting such as epochs=150 after --set, got {setting!r}")
    if options.out.exists() and not options.out.is_dir():
        parser.error(f"{options.out} is not a folder; choose another with --out")
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def chain_parser(description: str | None, minutes: float) -> argparse.ArgumentParser:
    """Make the parser of a script that trains in steps, by default `minutes` each."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="FER-2013")
    parser.add_argument("--ferplus", type=Path, required=True, help="FER+'s fer2013new.csv")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder for the runs")
    parser.add_argument("--minutes", type=float, default=minutes, help="time limit of each step")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="setting for all trainings"
    )
    return parser


def chain_words(
    names: list[str], out: Path, options: argparse.Namespace, settings: Iterable[str]
) -> list[str]:
    """Return the arguments of `main` for a step; the user's own settings come last and win."""
    words = [*names, "--data", options.data, "--ferplus", options.ferplus, "--out", out]
    words += ["--minutes", options.minutes]
    words += [word for setting in (*settings, *options.set) for word in ("--set", setting)]
    return [str(word) for word in words]


def folder(name: str, out: Path) -> Path:
    """Return the run folder of a training, RECIPE[@SEED]."""
    recipe, _, seed = name.partition("@")
    return out / f"{recipe}-{seed or '0'}"


def gather(target: Path, runs: Iterable[Path]) -> Path:
    """Copy runs into one folder, to be named as an ensemble of teachers."""
    for run in runs:
        shutil.copytree(
            run, target / run.name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("last.ckpt")
        )
    return target


def _start(name: str, options: argparse.Namespace) -> subprocess.Popen[bytes]:
    """Start a training, or resume it."""
    recipe, _, seed = name.partition("@")
    run = folder(name, options.out)
    command = [sys.executable, "-m", "mien", "train", "--data", str(options.data)]
    if (run / "config.toml").is_file():
        command += ["--resume", str(run)]
    else:
        command += ["--config", str(RECIPES / f"{recipe}.toml"), "--out", str(options.out)]
        command += ["--name", run.name, "--seed", seed or "0"]
        # By default each would use all cores, and they would wait for one another.
        if (jobs := len(options.trainings)) > 1:
            command += ["--threads", str(max(1, (os.cpu_count() or 1) // jobs))]
        # If a setting is repeated, the last one counts.
        for key, value in (word.split("=", 1) for word in options.set):
            command += [f"--{key.replace('_', '-')}", value]
        if options.ferplus is not None:
            command += ["--ferplus", str(options.ferplus)]
    with (run.with_suffix(".log")).open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - its own words


def _finished(run: Path) -> bool:
    """Return whether a training is finished; earlier versions of mien wrote a card.json."""
    return any((run / name).is_file() for name in ("run.json", "card.json"))


def _summary(name: str, out: Path) -> str:
    """Return how far a training came, or how it failed."""
    run = folder(name, out)
    metrics = run / "metrics.csv"
    if not metrics.is_file():
        lines = run.with_suffix(".log").read_text(errors="replace").splitlines()
        return f"{run}: no epoch was finished. {' '.join(lines[-2:])}"
    with metrics.open(newline="") as file:
        rows = list(csv.DictReader(file))
    best = max(rows, key=lambda row: float(row["val_accuracy"]))
    seconds = sum(float(row["seconds"]) for row in rows)
    state = "finished" if _finished(run) else "not finished"
    return (
        f"{run}: {state}, {len(rows)} epochs in {seconds:.0f} s, best PublicTest"
        f" {float(best['val_accuracy']):.4f} in epoch {best['epoch']}"
    )


if __name__ == "__main__":
    sys.exit(main())
