"""The processes that train one network together, each on its own part of every batch."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator

import torch

from mien.errors import TrainingError
from mien.settings import TrainSettings

_VARIABLE = "OMP_NUM_THREADS"


@contextlib.contextmanager
def computing_with(threads: int | None) -> Iterator[None]:
    """Let PyTorch compute with so many threads on the CPU; with as many as before if None.

    The environment says it too, for processes that are started meanwhile, and because Lightning
    shares the cores out among several of them unless it does.
    """
    if threads is None:
        yield
        return
    before, said = torch.get_num_threads(), os.environ.get(_VARIABLE)
    torch.set_num_threads(threads)
    os.environ[_VARIABLE] = str(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        os.environ.pop(_VARIABLE)
        if said is not None:
            os.environ[_VARIABLE] = said


@dataclasses.dataclass(frozen=True)
class Processes:
    """One process among those of a training."""

    rank: int = 0
    """Which one this is; the first keeps the run folder and talks to the user."""
    count: int = 1
    """How many there are, on all machines."""
    local: int = 0
    """Which one it is on its machine, and so which GPU it has."""

    @classmethod
    def of(cls, settings: TrainSettings) -> Processes:
        """Find out from the settings, and from what torchrun or Lightning told this process.

        Raises
        ------
        TrainingError
            If several machines are asked for without torchrun, or torchrun started another
            number of processes than the settings ask for.
        """
        count = settings.devices * settings.nodes
        started = os.environ.get("TORCHELASTIC_RUN_ID") and int(os.environ["WORLD_SIZE"])
        words = f"torchrun --nnodes {settings.nodes} --nproc-per-node {settings.devices} -m mien"
        if started and started != count:
            raise TrainingError(
                f"torchrun started {started} processes, but {settings.devices} devices on"
                f" {settings.nodes} nodes make {count}.",
                f"Start on every machine: {words} train --devices {settings.devices} --nodes"
                f" {settings.nodes} ...",
            )
        if settings.nodes > 1 and not started:
            raise TrainingError(
                f"{settings.nodes} machines cannot be reached from this one alone.",
                f"Start on every machine, with the address of the first: {words} train ...",
            )
        if torch.cuda.is_available() and settings.devices > torch.cuda.device_count():
            raise TrainingError(
                f"Expected {settings.devices} GPUs, found {torch.cuda.device_count()}.",
                f"Use --devices {torch.cuda.device_count()}, and perhaps a larger --batch-size.",
            )
        local = int(os.environ.get("LOCAL_RANK", 0)) if count > 1 else 0
        rank = int(os.environ["RANK"]) if started and count > 1 else local
        return cls(rank, count, local)

    @property
    def first(self) -> bool:
        """Whether this is the process that keeps the run folder."""
        return self.rank == 0

    @property
    def device(self) -> torch.device:
        """Where this process computes."""
        if torch.cuda.is_available():
            return torch.device("cuda", self.local)
        return torch.device("cpu")


ALONE = Processes()
"""The one process of most trainings."""
