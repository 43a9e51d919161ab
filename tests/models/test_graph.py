import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mien.models.graph import of_any_size, output_names, with_outputs
from mien.models.runtime import open_session


def doubling(shape: list[int]) -> onnx.ModelProto:
    """A network that states one shape, and doubles and flattens an input of any."""
    constants = [
        numpy_helper.from_array(np.array(2, np.float32), "two"),
        numpy_helper.from_array(np.array([1, -1], np.int64), "flat"),
    ]
    nodes = [
        helper.make_node("Mul", ["x", "two"], ["twice"]),
        helper.make_node("Reshape", ["twice", "flat"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "doubling",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, int(np.prod(shape))])],
        constants,
        value_info=[helper.make_tensor_value_info("twice", TensorProto.FLOAT, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def test_a_network_takes_inputs_of_any_size_afterwards() -> None:
    model = doubling([1, 3, 4]).SerializeToString()
    x = np.arange(15, dtype=np.float32).reshape(1, 3, 5)
    with pytest.raises(Exception, match="invalid dimensions"):
        open_session(model).run(None, {"x": x})
    (y,) = open_session(of_any_size(model)).run(None, {"x": x})
    assert y.tolist() == [[2.0 * value for value in range(15)]]


def test_nothing_but_sizes_is_removed() -> None:
    """The channels stay: from them ONNX Runtime chooses the layout of all layers."""
    model = doubling([1, 3, 4])
    edited = onnx.load_from_string(of_any_size(model.SerializeToString()))
    model.graph.input[0].type.tensor_type.shape.dim[2].ClearField("dim_value")
    model.graph.output[0].type.tensor_type.ClearField("shape")
    model.graph.ClearField("value_info")
    assert edited == model


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_what_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="cut off"):
        of_any_size(doubling([1, 3, 4]).SerializeToString()[:-cut])


def test_what_is_no_protocol_buffer_is_refused() -> None:
    with pytest.raises(ValueError, match="a field of kind 7"):
        of_any_size(b"\xff\x01")


def two_outputs() -> onnx.ModelProto:
    """A network with the outputs twice and thrice, each by a weight of its own."""
    weights = [numpy_helper.from_array(np.array(n, np.float32), f"times{n}") for n in (2, 3)]
    nodes = [
        helper.make_node("Mul", ["x", "times2"], ["twice"]),
        helper.make_node("Mul", ["x", "times3"], ["thrice"]),
    ]
    values = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"])
        for name in ("x", "twice", "thrice")
    }
    outputs = [values["twice"], values["thrice"]]
    graph = helper.make_graph(nodes, "two", [values["x"]], outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def test_only_what_an_output_needs_is_kept() -> None:
    model = two_outputs().SerializeToString()
    assert output_names(model) == ["twice", "thrice"]
    edited = with_outputs(model, ["thrice"])
    graph = onnx.load_from_string(edited).graph
    assert output_names(edited) == [node.output[0] for node in graph.node] == ["thrice"]
    assert [weight.name for weight in graph.initializer] == ["times3"]
    (y,) = open_session(edited).run(None, {"x": np.array([1, 5], np.float32)})
    assert y.tolist() == [3, 15]


def test_all_outputs_kept_change_nothing() -> None:
    model = two_outputs().SerializeToString()
    assert with_outputs(model, ["twice", "thrice"]) == model


def test_branches_and_weights_in_other_files_are_left_alone() -> None:
    outside = two_outputs()
    outside.graph.initializer[0].external_data.add(key="location", value="weights.bin")
    branching = two_outputs()
    branch = helper.make_graph([], "branch", [], [])
    branching.graph.node[0].attribute.append(helper.make_attribute("then_branch", branch))
    for model in (outside.SerializeToString(), branching.SerializeToString()):
        assert with_outputs(model, ["thrice"]) is model
