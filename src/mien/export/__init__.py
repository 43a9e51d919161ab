"""From finished runs to networks that anyone can use: ONNX, 8 bits, temperature, model info."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mien.export.networks import Options as Options
    from mien.export.networks import export as export
    from mien.export.networks import export_ensemble as export_ensemble
    from mien.export.networks import export_network as export_network
    from mien.export.networks import export_run as export_run
    from mien.export.networks import export_runs as export_runs

__all__ = [
    "Options",
    "export",
    "export_ensemble",
    "export_network",
    "export_run",
    "export_runs",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: exporting needs torch, the rest does not."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module("mien.export.networks"), name)
    globals()[name] = value
    return value
