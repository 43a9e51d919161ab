"""Which code made a run, and which hardware computed it."""

from __future__ import annotations

import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from mien.words import counted


def commit() -> str | None:
    """Return the git commit of mien's checkout, marked if files differ; None if installed."""
    folder = Path(__file__).parent

    def git(*words: str) -> str:
        # The words are constants, and git is the one that the user's shell would run.
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *words],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    try:
        # Otherwise git would name the repository that a virtual environment happens to be in.
        if not git("ls-files", "--", Path(__file__).name):
            return None
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain", ".") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def versions() -> dict[str, str]:
    """Return the versions of what computed the weights, by package."""
    return {name: _version(name) for name in ("mien", "torch", "lightning", "numpy")}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def computed_on(device: torch.device) -> str:
    """Return the name of the GPU, or the CPU's instruction set and the number of threads.

    They determine the order of sums, and so how these are rounded: on a CPU, a seed repeats to the
    last bit only with the same instructions and number of threads.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    instructions = torch.backends.cpu.get_cpu_capability()
    return f"CPU with {instructions}, {counted(threads, 'thread')}"
