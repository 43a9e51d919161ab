"""The networks: one file a family, a registry of names, nothing but torch.nn."""

from mien.nets import plain  # noqa: F401 - importing a family registers its networks

# isort: split
from mien.nets import residual  # noqa: F401 - after the study's networks, which are listed first
from mien.nets.cost import macs, parameters
from mien.nets.registry import Entry, build, entries, entry, options
from mien.nets.space import Choice, FloatRange, IntRange, Range, Space, Value

__all__ = [
    "Choice",
    "Entry",
    "FloatRange",
    "IntRange",
    "Range",
    "Space",
    "Value",
    "build",
    "entries",
    "entry",
    "macs",
    "options",
    "parameters",
]
