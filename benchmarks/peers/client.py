"""Talks to `worker.py`, which runs a system in its own environment."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from mien.errors import NetError

WORKER = Path(__file__).with_name("worker.py")

_LIMITS = ("OMP_", "MKL_", "OPENBLAS_NUM", "NUMEXPR_", "TF_NUM_")
"""Beginnings of the variables that bound a library's threads."""

_FIX = "Delete its folder in --cache to install it again, or leave it out with --without."


def _environment() -> dict[str, str]:
    """Return this process's variables except limits on threads: each system chooses its own."""
    return {name: text for name, text in os.environ.items() if not name.startswith(_LIMITS)}


def _command(python: Path, worker: str) -> list[str]:
    # Isolated, so that neither this folder's modules nor the user's can stand before its own.
    return [str(python), "-I", str(WORKER), worker]


class Worker:
    """A system loaded in a process of its own; a context manager that ends the process.

    Parameters
    ----------
    python
        The interpreter of the environment.
    worker
        What the process is told to load, as in `peers.worker`.

    Raises
    ------
    NetError
        If the system cannot be loaded.
    """

    def __init__(self, python: Path, worker: str) -> None:
        self.worker = worker
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            _command(python, worker),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=_environment(),
        )
        self.loaded_seconds: float = self._read()["loaded_seconds"]

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Have a command carried out.

        Parameters
        ----------
        do
            A key of `peers.worker.COMMANDS`.
        **arguments
            What it takes; paths as text.

        Raises
        ------
        NetError
            If it fails, or the process has ended.
        """
        assert self._process.stdin is not None
        # Where the process has ended, reading finds out why.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        """Read one answer."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._errors.seek(0)
            words = last_line(self._errors.read())
            self.close()
            raise NetError(f"{self.worker} ended: {words}.", _FIX)
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise NetError(f"{self.worker} failed: {answer['error']}.", _FIX)
        return answer

    def close(self) -> None:
        """End the process, which ends by itself where there is nothing more to read."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def cold_start(python: Path, worker: str, crops: Path) -> float:
    """Time a fresh process that imports, loads and reads one face, in seconds.

    Raises
    ------
    NetError
        If the process fails.
    """
    start = time.perf_counter()
    done = subprocess.run(
        [*_command(python, worker), str(crops)],
        capture_output=True,
        text=True,
        errors="replace",
        env=_environment(),
    )
    passed = time.perf_counter() - start
    if done.returncode:
        raise NetError(f"{worker} failed: {last_line(done.stderr)}.", _FIX)
    return passed


def last_line(text: str) -> str:
    """Return the last line that is not blank, without its full stop."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it said nothing"
