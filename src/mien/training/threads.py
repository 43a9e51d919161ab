"""Computes with a given number of threads."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import torch

_VARIABLE = "OMP_NUM_THREADS"


@contextlib.contextmanager
def computing_with(threads: int | None) -> Iterator[None]:
    """Let PyTorch compute with so many threads on the CPU; with as many as before if None.

    The environment says it too, for processes that are started meanwhile, and because Lightning
    shares the cores out among several of them unless it does.
    """
    if threads is None:
        yield
        return
    before, said = torch.get_num_threads(), os.environ.get(_VARIABLE)
    torch.set_num_threads(threads)
    os.environ[_VARIABLE] = str(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        os.environ.pop(_VARIABLE)
        if said is not None:
            os.environ[_VARIABLE] = said
