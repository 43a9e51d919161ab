"""Trains networks, and keeps each training in a run folder."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mien.training.fit import resume as resume
    from mien.training.fit import train as train
    from mien.training.record import RunRecord as RunRecord
    from mien.training.run import Run as Run
    from mien.training.run import load_net as load_net
    from mien.training.samples import TrainingSamples as TrainingSamples
    from mien.training.samples import training_samples as training_samples

__all__ = [
    "Run",
    "RunRecord",
    "TrainingSamples",
    "load_net",
    "resume",
    "train",
    "training_samples",
]

# Imported on first use: reading a run folder needs no torch.
_HOMES = {
    "Run": "run",
    "RunRecord": "record",
    "TrainingSamples": "samples",
    "load_net": "run",
    "resume": "fit",
    "train": "fit",
    "training_samples": "samples",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
