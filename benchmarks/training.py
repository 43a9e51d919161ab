"""Times training on a CPU: single steps, and the whole loop beside them; writes training.json.

Steps are timed in float32, with torch.compile, and in bfloat16; `compile_pays` in the registry of
networks states the result. The loop is `mien.training.train` as `mien train` runs it: it selects,
scales and augments each batch, counts its correct answers, and runs Lightning's trainer and the
callbacks, the progress bar included. It is timed from step to step, without the work between
epochs. In turn with it, in the same process, bare steps are timed: forward, backward and the same
optimizer on a prepared batch of the same size. The ratio is the cost of the loop.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from common import publish
from mien import nets
from mien.data import Samples
from mien.settings import load
from mien.training import train
from mien.training.callbacks import Progress

WAYS = ("eager", "compiled", "bfloat16")
BATCH = 128
SECONDS = 0.8
"""Shortest time of a turn."""
ROUNDS = 7

LOOP_NET = "lobonet"
LOOP_BATCHES = (128, 32)
LOOP_IMAGES = 640
"""Faces of one turn of the loop, and of one turn of bare steps."""
LOOP_ROUNDS = 15


def make_step(name: str, way: str = "eager", batch: int = BATCH) -> Callable[[], None]:
    """Return a step of forward, backward and Adam on one batch, as the learner runs it."""
    torch.manual_seed(0)
    net = nets.build(name).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if way == "compiled":
        net.compile()
    optimizer = torch.optim.AdamW(net.parameters(), fused=True)
    faces = torch.rand(batch, 1, 48, 48).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, 7, (batch,))

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=way == "bfloat16"):
            loss = functional.cross_entropy(net(faces), labels)
        loss.backward()
        optimizer.step()

    return step


def images_per_second(name: str) -> dict[str, float]:
    """Time all ways in turn, so that drift affects all alike; return medians of the rounds."""
    ways = {way: make_step(name, way) for way in WAYS}
    for step in ways.values():
        step()
        step()
    rounds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, step in ways.items():
            rounds[way].append(_rate(step))
    return {way: round(statistics.median(rates), 1) for way, rates in rounds.items()}


def _rate(step: Callable[[], None]) -> float:
    """Return images per second over a turn of steps."""
    start, steps = time.perf_counter(), 0
    while (took := time.perf_counter() - start) < SECONDS:
        step()
        steps += 1
    return BATCH * steps / took


class Clock(Progress):
    """A training's progress bar that times as many bare steps after each turn of the loop."""

    def __init__(self, net: str, batch: int) -> None:
        super().__init__(net)
        self._bare = make_step(net, batch=batch)
        self._steps = LOOP_IMAGES // batch
        self._images = self._steps * batch
        self._started = 0.0
        self.rounds: list[tuple[float, float]] = []
        """Images per second of the loop and of the bare steps, by round, without the warm-up."""

    def on_train_batch_end(self, trainer: Any, *rest: Any) -> None:
        """Advance the bar, and time bare steps where a turn of the loop has ended."""
        super().on_train_batch_end(trainer, *rest)
        if trainer.global_step % self._steps:
            return
        ended = time.perf_counter()
        for _ in range(self._steps):
            self._bare()
        bare = time.perf_counter() - ended
        if self._started:
            self.rounds.append((self._images / (ended - self._started), self._images / bare))
        self._started = time.perf_counter()


def loop_rate(net: str, batch: int) -> dict[str, float]:
    """Train on random faces, and return the medians of the rounds."""
    clock = Clock(net, batch)
    with tempfile.TemporaryDirectory() as out:
        options = {"net": net, "batch_size": batch, "epochs": 1, "out": out}
        # One more round, which the clock skips.
        train(
            load(environment=False, train=options),
            _random_samples((LOOP_ROUNDS + 1) * LOOP_IMAGES),
            say=lambda _: None,
            watch=clock,
        )
    loop, bare = (statistics.median(rates) for rates in zip(*clock.rounds, strict=True))
    ratio = statistics.median(loop / bare for loop, bare in clock.rounds)
    return {"loop": round(loop, 1), "bare steps": round(bare, 1), "ratio": round(ratio, 3)}


def _random_samples(count: int) -> Samples:
    """Draw faces for training, and some for validation."""
    random = np.random.default_rng(0)
    total = count + 64
    return Samples(
        images=random.integers(0, 256, (total, 48, 48), dtype=np.uint8),
        labels=random.integers(0, 7, total, dtype=np.int8),
        splits=np.array(["train"] * count + ["public"] * 64),
        names=np.array([str(row) for row in range(total)]),
        sha256="0" * 64,
    )


def main() -> None:
    """Time each network in all ways, then the loop."""
    results: dict[str, Any] = {}
    rows = [("network", *(f"images/s {way}" for way in WAYS))]
    for entry in nets.entries():
        results[entry.name] = images_per_second(entry.name)
        rows.append((entry.name, *(str(value) for value in results[entry.name].values())))
    loop = {str(batch): loop_rate(LOOP_NET, batch) for batch in LOOP_BATCHES}
    measured = {"batch": BATCH, "images_per_second": results, "loop": {"net": LOOP_NET} | loop}
    publish("training", measured, rows)
    for batch, rates in loop.items():
        print(
            f"{LOOP_NET}, batches of {batch}: the loop {rates['loop']} images/s, bare steps"
            f" {rates['bare steps']}, ratio {rates['ratio']}"
        )


if __name__ == "__main__":
    main()
