"""Compares mien's networks with their peers; writes results/peers.json and results/peers.md.

Each peer is installed from PyPI in an environment of its own, with pinned versions, and so is
mien itself, with its base install. All read the same faces; their answers are scored and compared
pairwise with those of our first network, and the systems are timed in turn. Other systems join by
a Parquet file in the format of `mien evaluate --predictions`. Environments and answers are kept in
--cache, 9 GB with fer, so that a second run only scores and times. Run it on an idle machine.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import common
from mien.data import Samples, read
from mien.errors import MienError, MissingExtraError, NetError
from mien.evaluation.predictions import Predictions
from mien.files import write
from peers import notes, options
from peers.environments import Environment, prepare
from peers.scores import against_first, predict, read_from_file, scores
from peers.systems import System, ours
from peers.table import brief, markdown, rows
from peers.timing import BATCH, time_in_turn

Present = tuple[System, Environment, Predictions]
"""A system that could be installed, where it runs, and its answers."""


def read_all(
    wanted: list[System], samples: Samples, crops: Path, cache: Path
) -> tuple[dict[str, Present], dict[str, str]]:
    """Install the systems and have them read the faces.

    Returns
    -------
    tuple
        The systems that could be installed, by name, and a sentence for each peer that could not.

    Raises
    ------
    MienError
        If one of our own networks cannot be installed.
    """
    there, lost = {}, {}
    for system in wanted:
        try:
            environment = prepare(system.recipe, cache)
            said = predict(system, environment, samples, crops, cache / "predictions")
        except (MissingExtraError, NetError) as error:
            if system.recipe.name == "mien":
                raise
            lost[system.name] = f"{system.name} is missing. {error.problem}"
            print(lost[system.name], file=sys.stderr)
            continue
        there[system.name] = (system, environment, said)
    return there, lost


def time_all(
    there: Mapping[str, Present], samples: Samples, path: Path, seconds: float, rounds: int
) -> dict[str, dict[str, Any]]:
    """Time the systems on the faces, repeated where they do not fill a batch."""
    if not seconds:
        return {}
    np.save(path, np.tile(samples.images, (-(-BATCH // len(samples)), 1, 1)))
    systems = {name: (each[1].python, each[0].worker) for name, each in there.items()}
    return time_in_turn(systems, path, seconds, rounds)


def findings(
    said: Mapping[str, Predictions],
    there: Mapping[str, Present],
    timing: Mapping[str, dict[str, Any]],
    samples: Samples,
    against: Samples | None,
) -> dict[str, dict[str, Any]]:
    """Join what was found about each system; the first is what the others are compared with."""
    first = next(iter(said.values()))
    found = {}
    for name, each in said.items():
        environment = there[name][1] if name in there else None
        found[name] = {
            "scores": scores(each, samples, against),
            "against_first": None if each is first else against_first(first, each),
            "timing": timing.get(name),
            "installed": environment and environment.installed,
        }
    return found


def run(wanted: Any) -> None:
    """Read, score, compare, time and write, as the command line says."""
    own = ours()
    peers, left_out = options.choose(wanted.without)
    named = options.files(wanted.predictions, {system.name for system in (*own, *peers)})
    everything = read(wanted.data)
    samples = everything.split(wanted.split)
    against = everything.split("train") if "train" in everything.splits else None
    given = {
        name: read_from_file(name, path, samples, wanted.split) for name, path in named.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        crops = Path(folder) / "crops.npy"
        np.save(crops, samples.images)
        there, lost = read_all([*own, *peers], samples, crops, wanted.cache)
        timing = time_all(there, samples, crops, wanted.seconds, wanted.rounds)
    said = {name: each[2] for name, each in there.items()} | given
    results = {
        "command": options.command(wanted),
        "split": wanted.split,
        "n": len(samples),
        "data_sha256": samples.sha256,
        "seconds": wanted.seconds,
        "rounds": wanted.rounds,
        "systems": findings(said, there, timing, samples, against),
        "left_out": left_out | lost,
        "notes": [
            *(*notes.ALWAYS, notes.timed(wanted.seconds, wanted.rounds)),
            *(note for system, _, _ in there.values() for note in system.notes),
            *(f"{name} was not run here: its answers come from a file." for name in given),
            *(left_out | lost).values(),
        ],
    }
    publish(results)


def publish(results: dict[str, Any]) -> None:
    """Print the table, and write the JSON and the Markdown."""
    table = rows(results["systems"])
    common.publish("peers", results, brief(table))
    title = f"Peers on {results['n']:,} faces of the split {results['split']}"
    told = [notes.measured(common.machine()), *results["notes"]]
    path = common.RESULTS / "peers.md"
    write(path, markdown(title, table, told, results["command"]).encode(), "Free the disk.")
    print(path)


def main(words: list[str] | None = None) -> None:
    """Do what the command line says; a mistake is one sentence."""
    wanted = options.parse(words, __doc__)
    try:
        run(wanted)
    except MienError as error:
        sys.exit(f"peers.py: {error}")


if __name__ == "__main__":
    main()
