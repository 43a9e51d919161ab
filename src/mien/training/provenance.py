"""Which code made a run, and what computed it."""

from __future__ import annotations

import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch


def commit() -> str | None:
    """Name the git commit of mien's checkout, marked where files differ; None in an install."""
    folder = Path(__file__).parent

    def git(*words: str) -> str:
        # The words are constants, and git is found as the user's shell would find it.
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *words],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    try:
        # Elsewhere git would name whatever repository a virtual environment lies in.
        if not git("ls-files", "--", Path(__file__).name):
            return None
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain", ".") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def versions() -> dict[str, str]:
    """List the versions of what computed the weights; a checkout need not be installed."""
    return {name: _version(name) for name in ("mien", "torch", "lightning", "numpy")}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def computed_on(device: torch.device) -> str:
    """Name the GPU, or the CPU's instructions and the number of threads.

    Sums are rounded in the order they are taken, which follows from these. On a CPU a seed's
    training repeated to the last bit where they were the same, and not with other threads.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    instructions = torch.backends.cpu.get_cpu_capability()
    return f"CPU with {instructions}, {threads} thread{'s' if threads > 1 else ''}"
