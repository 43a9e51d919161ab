"""Two real but tiny networks, one knowing and one guessing, and a run of the audit."""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mien.cli import main
from mien.data import Samples
from mien.models import ModelInfo


def _make_net(path: Path, weights: NDArray[np.float32], bias: NDArray[np.float32]) -> Path:
    """Write an ONNX network of one linear layer, and its card; give the ONNX file."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["faces"], ["real"], to=TensorProto.FLOAT),
            helper.make_node("Flatten", ["real"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weights", "bias"], ["logits"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("faces", TensorProto.UINT8, ["batch", 1, 48, 48])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 7])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), str(path))
    empty: dict[str, Any] = {"str": "", "int": 0, "list[int]": [], "dict[str, Any]": {}}
    empty |= {"dict[str, float]": {"0.80": 0.6, "0.90": 0.8}}
    fields = {field.name: empty.get(str(field.type)) for field in dataclasses.fields(ModelInfo)}
    fields |= {"name": path.stem, "temperature": 1.0}
    path.with_suffix(".json").write_text(json.dumps(fields), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def knowing(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ONNX file of a network that names the class whose mean face is nearest."""
    train = samples.split("train")
    means = [train.images[train.labels == label].mean(axis=0).ravel() for label in range(7)]
    weights = np.stack(means, axis=1).astype(np.float32)
    bias = -np.square(weights).sum(axis=0) / 2
    scale = np.float32(1e-5)
    path = tmp_path_factory.mktemp("nets") / "knowing.onnx"
    return _make_net(path, weights * scale, bias * scale)


@pytest.fixture(scope="session")
def guessing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ONNX file of an untrained network."""
    weights = np.random.default_rng(0).normal(0, 0.002, (48 * 48, 7)).astype(np.float32)
    path = tmp_path_factory.mktemp("nets") / "guessing.onnx"
    return _make_net(path, weights, np.zeros(7, np.float32))


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Run `mien` with words; give exit code, stdout and stderr."""

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mien", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def audit(
    monkeypatch: pytest.MonkeyPatch, command: Callable[..., tuple[int, str, str]]
) -> Callable[..., tuple[int, str, str]]:
    """Run `mien data audit` with arguments; give exit code, stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "100")
    return functools.partial(command, "data", "audit")
