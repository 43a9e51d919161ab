import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from mien.export.weight_storage import WeightBits, round_by_channel, store


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
    layer: onnx.ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10
    )
    return layer


def answer(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString())
    y: np.ndarray = session.run(["y"], {"x": x})[0]
    return y


def rounded(weights: np.ndarray, bits: WeightBits) -> np.ndarray:
    if bits == 16:
        return weights.astype(np.float16).astype(np.float32)
    steps, scale = round_by_channel(weights)
    return steps * scale


STORED: list[tuple[WeightBits, dict[str, int]]] = [
    (16, {"w.float16": TensorProto.FLOAT16, "b": TensorProto.FLOAT}),
    (8, {"w.int8": TensorProto.INT8, "b": TensorProto.FLOAT, "w.scale": TensorProto.FLOAT}),
]
BITS = [bits for bits, _ in STORED]


@pytest.mark.parametrize(("bits", "kinds"), STORED)
def test_only_large_weights_are_stored_in_fewer_bits(
    model: onnx.ModelProto, bits: WeightBits, kinds: dict[str, int]
) -> None:
    stored = store(model, bits)
    assert {weight.name: weight.data_type for weight in stored.graph.initializer} == kinds
    assert [weight.name for weight in model.graph.initializer] == ["w", "b"]  # left as it was


@pytest.mark.parametrize("bits", BITS)
def test_it_computes_with_the_rounded_weights(model: onnx.ModelProto, bits: WeightBits) -> None:
    x = np.random.default_rng(1).normal(size=(5, 64)).astype(np.float32)
    weights, biases = (numpy_helper.to_array(weight) for weight in model.graph.initializer)
    moved = rounded(weights, bits)
    assert np.abs(moved - weights).max() > 0
    np.testing.assert_allclose(answer(store(model, bits), x), x @ moved + biases, atol=1e-4)


@pytest.mark.parametrize("bits", BITS)
def test_storing_twice_is_storing_once(model: onnx.ModelProto, bits: WeightBits) -> None:
    once = store(model, bits)
    assert store(once, bits) == once


def test_what_is_in_16_bits_can_be_stored_in_8(model: onnx.ModelProto) -> None:
    halves = numpy_helper.to_array(model.graph.initializer[0]).astype(np.float16)
    widened = onnx.ModelProto()
    widened.CopyFrom(model)
    widened.graph.initializer[0].CopyFrom(numpy_helper.from_array(halves.astype(np.float32), "w"))
    assert store(store(model, 16), 8) == store(widened, 8)


def test_weights_beyond_float16_stay(model: onnx.ModelProto) -> None:
    large = numpy_helper.to_array(model.graph.initializer[0]).copy()
    large[0, 0] = 1e5
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(large, "w"))
    assert store(model, 16) == model


def test_each_channel_has_steps_of_its_own_size() -> None:
    weights = np.array([[127.0, -63.6, 0.4], [0.127, -0.001, 0.0], [0.0, 0.0, 0.0]], np.float32)
    steps, scale = round_by_channel(weights)
    assert steps.tolist() == [[127, -64, 0], [127, -1, 0], [0, 0, 0]]
    assert scale.ravel().tolist() == pytest.approx([1, 0.001, 1])
