"""Times training steps on a CPU, with torch.compile and without; writes results/training.json.

`compile_pays` in the registry of networks says what this finds.
"""

from __future__ import annotations

import time
from typing import Any

import torch
from torch.nn import functional

from common import publish
from mien import nets

BATCH = 128
STEPS = 10


def images_per_second(name: str, compiled: bool) -> float:
    """Time forward, backward and Adam on one batch, the way the learner runs them."""
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

    for _ in range(3):
        step()
    start = time.perf_counter()
    for _ in range(STEPS):
        step()
    return BATCH * STEPS / (time.perf_counter() - start)


def main() -> None:
    """Time each network both ways, in turn."""
    results: dict[str, Any] = {}
    rows = [("network", "images/s eager", "images/s compiled")]
    for entry in nets.entries():
        eager, compiled = (round(images_per_second(entry.name, way), 1) for way in (False, True))
        results[entry.name] = {"eager": eager, "compiled": compiled}
        rows.append((entry.name, str(eager), str(compiled)))
    publish("training", {"batch": BATCH, "images_per_second": results}, rows)


if __name__ == "__main__":
    main()
