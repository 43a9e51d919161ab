"""Reads facial expressions and shows them as emoji."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mien.classes import Expression as Expression
    from mien.errors import MienError as MienError
    from mien.perception.explain import explain as explain
    from mien.perception.face import Face as Face
    from mien.perception.reader import Reader as Reader
    from mien.perception.reader import detect as detect

__all__ = ["Expression", "Face", "MienError", "Reader", "__version__", "detect", "explain"]

# Where each public name lives: it is imported when first used, since numpy, OpenCV and
# ONNX Runtime together cost more than the 0.2 s that `import mien` may.
_HOMES = {
    "Expression": "mien.classes",
    "Face": "mien.perception.face",
    "MienError": "mien.errors",
    "Reader": "mien.perception.reader",
    "detect": "mien.perception.reader",
    "explain": "mien.perception.explain",
}

__version__: str


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name == "__version__":
        from importlib.metadata import version

        value: object = version("mien")
    elif name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, used or not."""
    return sorted({*globals(), *__all__})
