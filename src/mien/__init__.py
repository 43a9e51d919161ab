"""Reads facial expressions and shows them as emoji.

>>> import mien
>>> for face in mien.detect("party.jpg"):
...     print(face.expression, face.expression.emoji)
happy 😄

Reading: `detect` reads one picture, a `Reader` many. Both return a `Picture`, which is a sequence
of `Face`, or a `Failure`; a `Face` has an `Expression` from the network's `Vocabulary`. A `Neutral`
is a person's own neutral face: a `Reader` learns it, and then reads the person against it.
Showing: `draw`, `contact_sheet`, `explain` and `overlay`.
Measuring: `evaluate` a network on labelled faces, or `compare` two networks.
Training and shipping: `mien.training.train`, `mien.tuning.tune` and `mien.export.export`, with
settings from `mien.settings.load`; ``mien --help`` lists the same as commands.

Every error is a `MienError`, which says how to fix it. mien makes no network request unless a flag
or an argument asks for one. To keep ONNX Runtime's telemetry off too, import mien before
onnxruntime, or set the environment variable ``ORT_DISABLE_TELEMETRY=1``.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mien.classes import Expression as Expression
    from mien.classes import Vocabulary as Vocabulary
    from mien.drawing.annotate import draw as draw
    from mien.drawing.contact_sheet import contact_sheet as contact_sheet
    from mien.drawing.overlay import overlay as overlay
    from mien.errors import MienError as MienError
    from mien.evaluation.comparison import compare as compare
    from mien.evaluation.evaluate import evaluate as evaluate
    from mien.perception.detect import detect as detect
    from mien.perception.explain import explain as explain
    from mien.perception.face import Face as Face
    from mien.perception.neutral import Neutral as Neutral
    from mien.perception.picture import Failure as Failure
    from mien.perception.picture import Picture as Picture
    from mien.perception.reader import Reader as Reader

# ONNX Runtime reads this when it is imported, here or in a process started from here. Otherwise it
# would look up its vendor's host, and leave an identifier in the home folder. Nothing stops it once
# it is imported, its own disable_telemetry_events() included.
if "onnxruntime" in sys.modules and os.environ.get("ORT_DISABLE_TELEMETRY") != "1":
    warnings.warn(
        "onnxruntime was imported before mien, so its telemetry is on: import mien first, or set"
        " the environment variable ORT_DISABLE_TELEMETRY=1.",
        RuntimeWarning,
        stacklevel=2,
    )
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# The module of each public name, imported on first use: NumPy, OpenCV and ONNX Runtime together
# take longer to import than the 0.1 s that `import mien` is allowed.
_HOMES = {
    "Expression": "mien.classes",
    "Face": "mien.perception.face",
    "Failure": "mien.perception.picture",
    "MienError": "mien.errors",
    "Neutral": "mien.perception.neutral",
    "Picture": "mien.perception.picture",
    "Reader": "mien.perception.reader",
    "Vocabulary": "mien.classes",
    "compare": "mien.evaluation",
    "contact_sheet": "mien.drawing.contact_sheet",
    "detect": "mien.perception.detect",
    "draw": "mien.drawing.annotate",
    "evaluate": "mien.evaluation",
    "explain": "mien.perception.explain",
    "overlay": "mien.drawing.overlay",
}

__all__ = [
    "Expression",
    "Face",
    "Failure",
    "MienError",
    "Neutral",
    "Picture",
    "Reader",
    "Vocabulary",
    "__version__",
    "compare",
    "contact_sheet",
    "detect",
    "draw",
    "evaluate",
    "explain",
    "overlay",
]

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
