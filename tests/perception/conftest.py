"""A real but untrained network, and photos that come in scikit-image's wheel."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mien.models import ModelInfo


def make_net(path: Path, seed: int = 0, temperature: float = 1.0) -> Path:
    """Write an ONNX network of one seeded linear layer, and its card; give the ONNX file."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = np.random.default_rng(seed).normal(0, 0.002, (48 * 48, 7)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["faces"], ["real"], to=TensorProto.FLOAT),
            helper.make_node("Flatten", ["real"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("faces", TensorProto.UINT8, ["batch", 1, 48, 48])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 7])],
        [numpy_helper.from_array(weights, "weights")],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
    empty: dict[str, Any] = {"str": "", "int": 0, "list[int]": [], "dict[str, Any]": {}}
    empty |= {"dict[str, float]": {"0.80": 0.6, "0.90": 0.8}}
    fields = {field.name: empty.get(str(field.type)) for field in dataclasses.fields(ModelInfo)}
    fields |= {"name": path.stem, "temperature": temperature}
    path.with_suffix(".json").write_text(json.dumps(fields), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ONNX file of the tiny network."""
    return make_net(tmp_path_factory.mktemp("net") / "tiny.onnx")


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """RGB, 512x512, one face whose box is near x 180, y 70, w 90, h 105."""
    from skimage import data

    return np.asarray(data.astronaut(), dtype=np.uint8)


@pytest.fixture(scope="session")
def count_faces() -> Callable[[list[list[float]], list[list[float]], list[list[float]]], Any]:
    """Match boxes x0, y0, x1, y1 with an intersection over union of 0.3."""
    return _count


def _count(
    found: list[list[float]], marked: list[list[float]], ignored: list[list[float]]
) -> tuple[int, int, int]:
    """Give how many marked faces were found and missed, and how many others were found."""
    left, others = list(marked), 0
    for box in found:
        best = max(left, key=lambda other: _overlap(box, other), default=None)
        if best is not None and _overlap(box, best) >= 0.3:
            left.remove(best)
        elif not any(_overlap(box, other) > 0.1 for other in ignored):
            others += 1
    return len(marked) - len(left), len(left), others


def _overlap(one: list[float], other: list[float]) -> float:
    """Intersection over union."""
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / (sum(areas) - width * height)
