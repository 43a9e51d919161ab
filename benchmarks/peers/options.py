"""Reads the command line of `benchmarks/peers.py`."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

from mien.data import SPLITS
from mien.errors import SettingsError
from peers.systems import System, peers

_CACHE = Path(__file__).parents[2] / ".peers"


def parse(words: list[str] | None, about: str) -> argparse.Namespace:
    """Read the words of the command line, those of this process if None."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    data = Path(os.environ.get("MIEN_DATA", "data")) / "fer2013.zip"
    parser.add_argument("data", nargs="?", type=Path, default=data, help="FER-2013")
    parser.add_argument("--split", choices=SPLITS, default="public", help="faces to score")
    parser.add_argument(
        "--predictions",
        action="append",
        default=[],
        metavar="NAME=FILE.parquet",
        help="what another system said of the same faces; may be repeated",
    )
    parser.add_argument(
        "--without", action="append", default=[], metavar="PEER", help="leave out; may be repeated"
    )
    parser.add_argument("--cache", type=Path, default=_CACHE, help="folder of the environments")
    parser.add_argument(
        "--seconds", type=float, default=4.0, help="of batches a round; 0 leaves timing out"
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often each is timed")
    options = parser.parse_args(words)
    if not (0 <= options.seconds < math.inf and options.rounds >= 1):
        parser.error("--seconds must be 0 or more, and --rounds 1 or more")
    return options


def command(options: argparse.Namespace) -> str:
    """Repeat the command that was given, with files by name only."""
    words = ["python benchmarks/peers.py", options.data.name, "--split", options.split]
    for word in options.predictions:
        name, _, path = word.partition("=")
        words += ["--predictions", f"{name}={Path(path).name}"]
    for name in options.without:
        words += ["--without", name]
    return " ".join([*words, f"--seconds {options.seconds:g}", f"--rounds {options.rounds}"])


def files(named: list[str], taken: set[str]) -> dict[str, Path]:
    """Take apart the words NAME=FILE.

    Raises
    ------
    SettingsError
        If a word has no name or no file, or a name is there twice.
    """
    found: dict[str, Path] = {}
    for word in named:
        name, _, path = word.partition("=")
        if not (name and path):
            raise SettingsError(
                f"Expected NAME=FILE.parquet after --predictions, got {word!r}.",
                "Give the system a name, such as --predictions rival=rival.parquet.",
            )
        if name in taken | set(found):
            raise SettingsError(
                f"There are two systems called {name!r}.", "Give each --predictions another name."
            )
        found[name] = Path(path)
    return found


def choose(without: list[str]) -> tuple[list[System], dict[str, str]]:
    """Return the peers to compare, and a sentence for each one left out.

    Raises
    ------
    SettingsError
        If there is no such peer.
    """
    there = peers()
    names = [peer.name for peer in there]
    unknown = sorted(set(without) - set(names))
    if unknown:
        raise SettingsError(
            f"There is no peer {unknown[0]!r}.", f"Leave out one of {', '.join(names)}."
        )
    wanted = [peer for peer in there if peer.name not in without]
    return wanted, {name: f"{name} was left out by --without." for name in without}
