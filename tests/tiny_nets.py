"""Networks of one linear layer with a true info, for tests: load it with `runpy.run_path`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.classes import FER2013, Vocabulary
from mien.models import ModelInfo
from mien.models.info import FER2013_INPUT, InputSpec


def make_info(
    name: str,
    spec: InputSpec = FER2013_INPUT,
    classes: Vocabulary = FER2013,
    temperature: float = 1.0,
    sha256: str = "",
) -> ModelInfo:
    """Return the info of a tiny network, with thresholds for two coverages."""
    return ModelInfo(
        name=name,
        architecture="tiny",
        description="One linear layer.",
        parameters=0,
        macs=0,
        classes=classes,
        input=spec,
        temperature=temperature,
        data={},
        recipe={},
        seeds=[],
        selection="",
        scores={},
        conformal={"0.80": 0.6, "0.90": 0.8},
        robustness=None,
        members={},
        sha256=sha256,
        size=0,
        licence="",
        intended_use="",
    )


def write_net(
    path: Path,
    weights: NDArray[np.float32],
    bias: NDArray[np.float32] | None = None,
    spec: InputSpec = FER2013_INPUT,
    classes: Vocabulary = FER2013,
    temperature: float = 1.0,
) -> Path:
    """Write an ONNX network of one linear layer, and its info beside it; return the ONNX file.

    Parameters
    ----------
    weights, bias
        ``float32 [channels * height * width, K]`` and ``float32 [K]``.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    bias = np.zeros(len(classes), np.float32) if bias is None else bias
    shape = ["batch", spec.channels, spec.height, spec.width]
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["faces"], ["real"], to=TensorProto.FLOAT),
            helper.make_node("Flatten", ["real"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weights", "bias"], ["logits"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("faces", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(classes)])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    info = make_info(path.stem, spec, classes, temperature, sha256)
    path.with_suffix(".json").write_text(info.to_json(), encoding="utf-8")
    return path


def make_net(
    path: Path,
    seed: int = 0,
    temperature: float = 1.0,
    spec: InputSpec = FER2013_INPUT,
    classes: Vocabulary = FER2013,
) -> Path:
    """Write an untrained network of seeded weights; return the ONNX file."""
    shape = (spec.channels * spec.height * spec.width, len(classes))
    weights = np.random.default_rng(seed).normal(0, 0.002, shape).astype(np.float32)
    return write_net(path, weights, None, spec, classes, temperature)
