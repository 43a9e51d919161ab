"""Trains networks on FER-2013."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mien.training.fit import resume as resume
    from mien.training.fit import train as train
    from mien.training.run import Run as Run

__all__ = ["Run", "resume", "train"]

# Imported when first used: who only reads a run folder can do without torch.
_HOMES = {"Run": "mien.training.run", "resume": "mien.training.fit", "train": "mien.training.fit"}


def __getattr__(name: str) -> object:
    """Import a name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
