"""Free memory goes back to the system."""

import ctypes
import sys
from pathlib import Path

import numpy as np
import pytest

from mien.perception import heap


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_holes_between_blocks_are_returned() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    if heap._trim() is None:
        pytest.skip("another C library than glibc")
    # Blocks below 128 kB lie in one heap, and the last of them keeps that from shrinking.
    blocks = [np.full(100_000, number % 7, np.uint8) for number in range(1000)]
    full = resident()
    del blocks[:-1]
    heap.return_free_memory()
    assert full - resident() > 50_000_000


def test_another_c_library_keeps_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    heap._trim.cache_clear()
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    heap.return_free_memory()
    assert heap._trim() is None
    heap._trim.cache_clear()
