"""Times the systems in turn, so that a drift of the machine meets them all."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from peers.client import Worker, cold_start

BATCH = 64

_ONE_BY_ONE = 0.5
"""Part of the seconds for batches that single faces are timed for."""


def time_in_turn(
    systems: Mapping[str, tuple[Path, str]], crops: Path, seconds: float, rounds: int
) -> dict[str, dict[str, Any]]:
    """Time every system once, then every system again, and so on.

    Parameters
    ----------
    systems
        By name the interpreter and what `peers.worker` is told to load; the first is what the
        others' speed is divided by.
    crops
        File of ``uint8 [N, 48, 48]``, N at least `BATCH`.
    seconds
        For how long batches are read in each round; single faces take half as long.
    rounds
        How often it is each one's turn.

    Returns
    -------
    dict
        By name: ``faces_per_second``, ``one_face_ms`` and ``cold_start_s``, each with the
        ``median``, ``min`` and ``max`` of the rounds; ``speed_to_first``, the same of the ratio
        of faces per second in each round; ``peak_mb``, the most memory that the loaded process
        held; ``loaded_s``, how long it took to load, once.

    Raises
    ------
    NetError
        If a system fails.
    """
    found: dict[str, dict[str, list[float]]] = {name: {} for name in systems}
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(Worker(python, worker))
            for name, (python, worker) in systems.items()
        }
        for _ in range(rounds):
            for name, (python, worker) in systems.items():
                measured = _measure(workers[name], crops, seconds)
                measured["cold_start_s"] = cold_start(python, worker, crops)
                for key, value in measured.items():
                    found[name].setdefault(key, []).append(value)
        peaks = {name: worker.ask("memory")["peak_mb"] for name, worker in workers.items()}
    first = next(iter(found.values()))["faces_per_second"]
    for values in found.values():
        pairs = zip(values["faces_per_second"], first, strict=True)
        values["speed_to_first"] = [mine / other for mine, other in pairs]
    return {
        name: {key: spread(each) for key, each in values.items()}
        | {"peak_mb": round(peaks[name], 1), "loaded_s": round(workers[name].loaded_seconds, 3)}
        for name, values in found.items()
    }


def _measure(worker: Worker, crops: Path, seconds: float) -> dict[str, float]:
    many = worker.ask("rate", crops=str(crops), batch=BATCH, seconds=seconds)
    one = worker.ask("latency", crops=str(crops), seconds=seconds * _ONE_BY_ONE)
    return {"faces_per_second": many["faces_per_second"], "one_face_ms": one["median_ms"]}


def spread(values: list[float]) -> dict[str, float]:
    """Return the median, minimum and maximum of the rounds."""
    three = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    return {name: round(value, 4) for name, value in three.items()}
