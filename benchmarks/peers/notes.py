"""The notes below the table of peers."""

from __future__ import annotations

from typing import Any

from peers.timing import BATCH

ALWAYS = (
    "The systems read the face crops as they are; no face is searched for. Unique leaves out the"
    " faces that are pixel-identical to a Training face.",
    "mien's networks were trained on Training, and PublicTest chose their epoch and temperature,"
    " which flatters them on PublicTest. A peer may have been trained or chosen on any of these"
    " faces, which would flatter it.",
    "Better and worse are said of accuracy, and only where both the 95% interval of a paired"
    " bootstrap leaves out 0 and McNemar's exact test gives less than 0.05.",
    "Installed is the weight of all packages of the system's environment, without pip, in millions"
    " of bytes.",
)


def timed(seconds: float, rounds: int) -> str:
    """Say how the systems were timed."""
    if not seconds:
        return "Nothing was timed in this run (`--seconds 0`)."
    return (
        f"Timed in turn, {rounds} rounds of {seconds:g} s in batches of {BATCH} and half as long"
        " with single faces, each system with the threads that it chooses itself; medians, with"
        " the least and the most of the rounds in brackets. A cold start is a fresh process that"
        " imports, loads and reads one face, its files being in the machine's cache. Peak memory"
        " is that of the process which read the batches."
    )


def measured(machine: dict[str, Any]) -> str:
    """Say when and on what the systems were measured."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"Measured on {machine['date']} on {machine['processor']}, {machine['cores']} cores, with"
        f" Python {machine['python']}; scored with {versions}. The versions in every environment"
        " are in peers.json."
    )
