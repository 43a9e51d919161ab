"""Parts that the benchmarks share: the machine's description, timing, and publishing results."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": _processor(),
        "fast numbers": _fast_numbers(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {
            name: version(name)
            for name in ("mien", "numpy", "onnxruntime", "opencv-python-headless")
        },
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _fast_numbers() -> list[str]:
    """List the processor's instructions for 8-bit and 16-bit products."""
    cpuinfo = Path("/proc/cpuinfo")
    words = set(cpuinfo.read_text().split()) if cpuinfo.exists() else set()
    return sorted(words & {"avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8"})


def median_seconds(action: Callable[[], object], runs: int, warm_up: int = 1) -> dict[str, float]:
    """Time an action several times: median, minimum and maximum in seconds."""
    for _ in range(warm_up):
        action()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return {
        "median": round(statistics.median(seconds), 5),
        "min": round(min(seconds), 5),
        "max": round(max(seconds), 5),
        "runs": runs,
    }


def process(*words: str) -> Callable[[], object]:
    """Make an action that runs this Python with the words in a process of its own."""
    return lambda: subprocess.run([sys.executable, *words], check=True, capture_output=True)


def publish(name: str, results: dict[str, Any], rows: list[tuple[str, ...]]) -> None:
    """Print the rows, the first of which is the heading, and write the JSON beside this file."""
    table = Table(title=name, title_justify="left")
    for heading in rows[0]:
        table.add_column(heading)
    for row in rows[1:]:
        table.add_row(*row)
    Console(width=110).print(table)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), **results}, indent=2) + "\n")
    print(path)
