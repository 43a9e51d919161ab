"""A real but untrained network, and photos that come in scikit-image's wheel."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

make_net = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))["make_net"]


@pytest.fixture(scope="session")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ONNX file of the tiny network."""
    path: Path = make_net(tmp_path_factory.mktemp("net") / "tiny.onnx")
    return path


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """RGB, 512x512, one face whose box is near x 180, y 70, w 90, h 105."""
    from skimage import data

    return np.asarray(data.astronaut(), dtype=np.uint8)


@pytest.fixture(scope="session")
def pair(astronaut: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two astronauts side by side, the right one at half the size."""
    canvas = np.full((512, 800, 3), 128, np.uint8)
    canvas[:, :512] = astronaut
    canvas[100:356, 530:786] = astronaut[::2, ::2]
    return canvas


@pytest.fixture(scope="session")
def count_faces() -> Callable[[list[list[float]], list[list[float]], list[list[float]]], Any]:
    """Match boxes x0, y0, x1, y1 with an intersection over union of 0.3."""
    return _count


def _count(
    found: list[list[float]], marked: list[list[float]], ignored: list[list[float]]
) -> tuple[int, int, int]:
    """Return how many marked faces were found and missed, and how many others were found."""
    left, others = list(marked), 0
    for box in found:
        best = max(left, key=lambda other: _overlap(box, other), default=None)
        if best is not None and _overlap(box, best) >= 0.3:
            left.remove(best)
        elif not any(_overlap(box, other) > 0.1 for other in ignored):
            others += 1
    return len(marked) - len(left), len(left), others


def _overlap(one: list[float], other: list[float]) -> float:
    """Return the intersection over union."""
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / (sum(areas) - width * height)
