"""Opens graphs in ONNX Runtime, on the processors that this process may use.

Its telemetry is off since `import mien`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mien.cores import usable_cores

_SPIN = 100
"""Microseconds for which threads without work wait for some actively: long enough from one layer of
a network to the next, and too short to keep the processors from what runs after it."""

_LIMITS_SPINNING = (1, 26)
"""The first version of ONNX Runtime that can do so; before, threads waited for long or not at
all."""


def open_session(
    graph: Path | bytes,
    threads: int | None = None,
    *,
    many_sizes: bool = False,
) -> Any:
    """Make an inference session on the CPU; ONNX Runtime has no types.

    Parameters
    ----------
    graph
        An ONNX file, or its bytes.
    threads
        Threads for one call; one for each processor that this process may use if None.
    many_sizes
        Whether inputs come in many sizes. ONNX Runtime otherwise remembers how to lay out its
        memory for each, without end.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Stated, since ONNX Runtime would otherwise count the machine's processors, and complain about
    # those that a container or taskset keeps from it.
    options.intra_op_num_threads = threads or usable_cores()
    options.enable_mem_pattern = not many_sizes
    if _version(onnxruntime.__version__) >= _LIMITS_SPINNING:
        options.add_session_config_entry("session.intra_op.spin_duration_us", str(_SPIN))
    else:
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = graph if isinstance(graph, bytes) else str(graph)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def _version(text: str) -> tuple[int, ...]:
    """Return the first two numbers of a version."""
    return tuple(map(int, text.split(".")[:2]))
