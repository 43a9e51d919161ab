import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from mien.training.half import halve


@pytest.fixture
def model() -> onnx.ModelProto:
    """A layer of 64 x 32 weights and 32 biases."""
    random = np.random.default_rng(0)
    weights = random.normal(size=(64, 32)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "w", "b"], ["y"])],
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 32])],
        [
            numpy_helper.from_array(weights, "w"),
            numpy_helper.from_array(random.normal(size=32).astype(np.float32), "b"),
        ],
    )
    made: onnx.ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10
    )
    return made


def answer(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    y: np.ndarray = session.run(["y"], {"x": x})[0]
    return y


def test_only_large_weights_are_halved(model: onnx.ModelProto) -> None:
    kinds = {weight.name: weight.data_type for weight in halve(model).graph.initializer}
    assert kinds == {"w.float16": TensorProto.FLOAT16, "b": TensorProto.FLOAT}
    assert [weight.name for weight in model.graph.initializer] == ["w", "b"]  # left as it was


def test_it_computes_with_the_rounded_weights(model: onnx.ModelProto) -> None:
    x = np.random.default_rng(1).normal(size=(5, 64)).astype(np.float32)
    weights, biases = (numpy_helper.to_array(each) for each in model.graph.initializer)
    rounded = weights.astype(np.float16).astype(np.float32)
    assert np.abs(rounded - weights).max() > 0
    np.testing.assert_allclose(answer(halve(model), x), x @ rounded + biases, atol=1e-5)


def test_halving_twice_is_halving_once(model: onnx.ModelProto) -> None:
    once = halve(model)
    assert halve(once) == once


def test_weights_beyond_float16_stay(model: onnx.ModelProto) -> None:
    large = numpy_helper.to_array(model.graph.initializer[0]).copy()
    large[0, 0] = 1e5
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(large, "w"))
    assert halve(model) == model
