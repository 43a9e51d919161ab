"""A running server."""

from __future__ import annotations

import runpy
from pathlib import Path

_SERVING = runpy.run_path(str(Path(__file__).parents[1] / "serving" / "conftest.py"))

server = _SERVING["server"]
running = _SERVING["running"]
client = _SERVING["client"]
astronaut = _SERVING["astronaut"]
photo = _SERVING["photo"]
