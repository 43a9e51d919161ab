"""Times training steps on a CPU, with torch.compile and without; writes results/training.json.

`compile_pays` in the registry of networks says what this finds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from common import publish
from mien import nets

BATCH = 128
STEPS = 5
ROUNDS = 7


def make_step(name: str, compiled: bool) -> Callable[[], None]:
    """Make forward, backward and Adam on one batch, the way the learner runs them."""
    torch.manual_seed(0)
    net = nets.build(name).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if compiled:
        net.compile()
    optimizer = torch.optim.AdamW(net.parameters())
    faces = torch.rand(BATCH, 1, 48, 48).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, 7, (BATCH,))

    def step() -> None:
        optimizer.zero_grad()
        functional.cross_entropy(net(faces), labels).backward()
        optimizer.step()

    return step


def images_per_second(name: str) -> dict[str, float]:
    """Time both ways in turn, so that a drift of the machine meets both; medians of the rounds."""
    ways = {"eager": make_step(name, False), "compiled": make_step(name, True)}
    for step in ways.values():
        step()
        step()
    rounds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, step in ways.items():
            start = time.perf_counter()
            for _ in range(STEPS):
                step()
            rounds[way].append(BATCH * STEPS / (time.perf_counter() - start))
    return {way: round(statistics.median(found), 1) for way, found in rounds.items()}


def main() -> None:
    """Time each network both ways."""
    results: dict[str, Any] = {}
    rows = [("network", "images/s eager", "images/s compiled")]
    for entry in nets.entries():
        results[entry.name] = images_per_second(entry.name)
        rows.append((entry.name, *(str(value) for value in results[entry.name].values())))
    publish("training", {"batch": BATCH, "images_per_second": results}, rows)


if __name__ == "__main__":
    main()
