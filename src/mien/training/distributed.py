"""The processes that train a network together, each on its own part of every batch."""

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
    """Set PyTorch's number of CPU threads for a while; None leaves it as it is.

    The environment variable is set too, for processes that are started meanwhile, and because
    Lightning otherwise divides the cores among several of them.
    """
    if threads is None:
        yield
        return
    before, variable = torch.get_num_threads(), os.environ.get(_VARIABLE)
    torch.set_num_threads(threads)
    os.environ[_VARIABLE] = str(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        os.environ.pop(_VARIABLE)
        if variable is not None:
            os.environ[_VARIABLE] = variable


@dataclasses.dataclass(frozen=True)
class Processes:
    """One of the processes of a training."""

    rank: int = 0
    """Number of this process; the first one keeps the run folder and talks to the user."""
    count: int = 1
    """Number of processes on all machines."""
    local: int = 0
    """Number of this process on its machine, and so of its GPU."""

    @classmethod
    def of(cls, settings: TrainSettings) -> Processes:
        """Read the settings, and the environment variables of torchrun or Lightning.

        Raises
        ------
        TrainingError
            If the settings ask for several machines without torchrun, for another number of
            processes than torchrun started, or for more GPUs than there are.
        """
        count = settings.devices * settings.nodes
        started = os.environ.get("TORCHELASTIC_RUN_ID") and int(os.environ["WORLD_SIZE"])
        launch = (
            "Start on every machine, with the address of the first one: torchrun --nnodes"
            f" {settings.nodes} --nproc-per-node {settings.devices} -m mien train ..."
        )
        if started and started != count:
            raise TrainingError(
                f"torchrun started {started} processes, but {settings.devices} devices on"
                f" {settings.nodes} nodes make {count}.",
                launch,
                "devices",
            )
        if settings.nodes > 1 and not started:
            raise TrainingError(
                f"Cannot start {settings.nodes} machines from this one.", launch, "nodes"
            )
        if torch.cuda.is_available() and settings.devices > torch.cuda.device_count():
            raise TrainingError(
                f"Expected {settings.devices} GPUs, found {torch.cuda.device_count()}.",
                f"Use {torch.cuda.device_count()} devices, and perhaps a larger batch size.",
                "devices",
            )
        local = int(os.environ.get("LOCAL_RANK", 0)) if count > 1 else 0
        rank = int(os.environ["RANK"]) if started and count > 1 else local
        return cls(rank, count, local)

    @property
    def first(self) -> bool:
        """Whether this process keeps the run folder."""
        return self.rank == 0

    @property
    def device(self) -> torch.device:
        """The device that this process computes on."""
        if torch.cuda.is_available():
            return torch.device("cuda", self.local)
        return torch.device("cpu")


ALONE = Processes()
"""The single process of most trainings."""
