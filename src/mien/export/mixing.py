"""Mixes what FER+'s taggers see into a graph's answer to FER-2013's labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mien.errors import TrainingError
from mien.models.answers import LABEL_LOGITS, LABEL_MAP, MAP, Mixing
from mien.models.graph import with_outputs
from mien.models.runtime import open_session

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

_FIX = "Export the run that the network was made from."
PREFIX = "mixing."
"""Begins the names of what mixing adds to a graph."""
_CONSTANTS = ("weights", "bias", "parts", "pair", "classes", "axis", "flat")
_RESULTS = (
    *("layers", "layer_logits", "logarithms", "addends", "answer", "is_answer", "chosen"),
    *("chosen_pair", "shares", "chosen_shares", "factors", "gradient"),
)
"""Names of what mixing adds to a graph, without the prefix."""
_PICKS = ("Gather", "GatherND")


@dataclasses.dataclass(frozen=True, eq=False)
class VoteHead:
    """A linear layer from a network's features to logits of FER+'s votes for its K classes."""

    weights: NDArray[np.float32]
    """``float32 [K, F]``."""
    bias: NDArray[np.float32]
    """``float32 [K]``."""


@dataclasses.dataclass(frozen=True)
class _Last:
    """The last layer of a graph, which gives the logits."""

    features: str
    weights: str
    bias: str | None


def mix(model: onnx.ModelProto, head: VoteHead, mixing: Mixing) -> onnx.ModelProto:
    """Return a graph whose answer is mixed, with the answer to labels alone beside it.

    Its outputs are ``logits``, the logarithms of the mixed probabilities that `Mixing` defines, and
    `LABEL_LOGITS`, the logits as they were; and if the graph has a map, one for each. The map of
    the mixed answer shows what each place adds to the logits that both layers have for it, weighted
    by their parts in its probability. Every weight and operation behind `LABEL_LOGITS` stays.

    Parameters
    ----------
    model
        A graph of `mien.export.onnx`, which is not changed. If it is mixed already, that is undone
        first.
    head
        The layer that predicts the votes.
    mixing
        How both answers are mixed.

    Raises
    ------
    TrainingError
        If the graph does not end in a linear layer.
    """
    from onnx import ModelProto, helper, numpy_helper

    mixed = ModelProto()
    mixed.CopyFrom(unmix(model))
    has_map = len(mixed.graph.output) > 1
    _rename(mixed, {mixed.graph.output[0].name: LABEL_LOGITS, MAP: LABEL_MAP})
    last = _last(mixed)
    weights, bias = _both(mixed, last, head, mixing)
    parts = np.log([1 - mixing.weight, mixing.weight]).astype(np.float32).reshape(1, 2, 1)
    constants = {
        "weights": weights,
        "bias": bias,
        "parts": parts,
        "pair": np.array([0, 2, len(head.bias)]),
        "classes": np.arange(len(head.bias)).reshape(1, -1),
        "axis": np.array([1]),
        "flat": np.array([0, len(bias)]),
    }
    nodes = list(_answer(last.features))
    if has_map:
        nodes += _map(mixed)
    mixed.graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    mixed.graph.initializer.extend(
        numpy_helper.from_array(value, PREFIX + name)
        for name, value in constants.items()
        if PREFIX + name in used
    )
    outputs = list(mixed.graph.output)
    answers = []
    for output, name in zip(outputs, ("logits", MAP), strict=False):
        answers.append(helper.make_empty_tensor_value_info(name))
        answers[-1].type.CopyFrom(output.type)
    del mixed.graph.output[:]
    mixed.graph.output.extend([*answers, *outputs])
    return mixed


def unmix(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a graph with its answer to FER-2013's labels alone, as it was before `mix`."""
    from onnx import load_from_string

    names = [output.name for output in model.graph.output]
    if LABEL_LOGITS not in names:
        return model
    kept = [name for name in names if name in (LABEL_LOGITS, LABEL_MAP)]
    single = load_from_string(with_outputs(model.SerializeToString(), kept))
    _rename(single, {LABEL_LOGITS: "logits", LABEL_MAP: MAP})
    return single


def with_features(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a graph that gives the input of its last layer instead, ``float32 [N, F]``."""
    from onnx import ModelProto, TensorProto, helper

    frozen = ModelProto()
    frozen.CopyFrom(unmix(model))
    features = _last(frozen).features
    del frozen.graph.output[:]
    value = helper.make_tensor_value_info(features, TensorProto.FLOAT, ["batch", None])
    frozen.graph.output.append(value)
    return frozen


def last_layers(model: onnx.ModelProto) -> set[str]:
    """Return the outputs of the layers from the features: of the labels, and of both if mixed."""
    features = _last(model).features
    return {node.output[0] for node in model.graph.node if features in node.input[:1]} & {
        node.output[0] for node in model.graph.node if node.op_type == "Gemm"
    }


def constants(model: onnx.ModelProto, names: Sequence[str]) -> list[NDArray[np.float32]]:
    """Return weights, which may be stored in fewer bits (`mien.export.weight_storage`)."""
    from onnx import ModelProto, TensorProto, helper

    asked = ModelProto()
    asked.CopyFrom(model)
    del asked.graph.output[:]
    asked.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names
    )
    del asked.graph.input[:]
    session = open_session(with_outputs(asked.SerializeToString(), names))
    return [np.asarray(value) for value in session.run(list(names), {})]


def _last(model: onnx.ModelProto) -> _Last:
    """Find the layer that gives the logits of the labels."""
    names = [output.name for output in model.graph.output]
    logits = LABEL_LOGITS if LABEL_LOGITS in names else names[0]
    node = next((node for node in model.graph.node if logits in node.output), None)
    if node is None or node.op_type != "Gemm" or not _is_linear(node):
        raise TrainingError(
            "Expected a graph that ends in a linear layer, to mix in FER+'s votes.", _FIX
        )
    return _Last(node.input[0], node.input[1], node.input[2] if len(node.input) > 2 else None)


def _is_linear(node: onnx.NodeProto) -> bool:
    """Return whether a product of matrices is that of `torch.nn.Linear`."""
    from onnx import helper

    given = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    usual = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 1}
    return {**{"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0}, **given} == usual


def _both(
    model: onnx.ModelProto, last: _Last, head: VoteHead, mixing: Mixing
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return one layer that gives the logits of the labels and then those of the votes."""
    own = constants(model, [last.weights, *([last.bias] if last.bias else [])])
    bias = own[1] if last.bias else np.zeros(len(own[0]), np.float32)
    shares = np.log(np.array(mixing.shares)) * mixing.power
    return (
        np.concatenate([own[0], head.weights]).astype(np.float32),
        np.concatenate([bias, head.bias - shares]).astype(np.float32),
    )


def _answer(features: str) -> Iterator[onnx.NodeProto]:
    """Make the nodes of the mixed logits."""
    yield _node("Gemm", [features, "weights", "bias"], "layers", transB=1)
    yield _node("Reshape", ["layers", "pair"], "layer_logits")
    yield _node("LogSoftmax", ["layer_logits"], "logarithms", axis=2)
    yield _node("Add", ["logarithms", "parts"], "addends")
    yield _node("ReduceLogSumExp", ["addends", "axis"], "logits", keepdims=0)


def _map(model: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    """Make the nodes of the mixed answer's map: those of the labels' with another gradient."""
    from onnx import NodeProto

    follow = _following(model)
    pick = next((node for node in follow if node.op_type in _PICKS), None)
    if pick is None:
        raise TrainingError("Expected a map that picks the weights of one class.", _FIX)
    yield _node("ArgMax", ["logits"], "answer", axis=1, keepdims=1)
    yield _node("Equal", ["classes", "answer"], "is_answer")
    yield _node("Cast", ["is_answer"], "chosen", to=1)
    yield _node("Unsqueeze", ["chosen", "axis"], "chosen_pair")
    yield _node("Softmax", ["addends"], "shares", axis=1)
    yield _node("Mul", ["shares", "chosen_pair"], "chosen_shares")
    yield _node("Reshape", ["chosen_shares", "flat"], "factors")
    yield _node("MatMul", ["factors", "weights"], "gradient")
    names = {pick.output[0]: f"{PREFIX}gradient", LABEL_MAP: MAP}
    # Only what comes of the weights is another; the rest of the map's inputs are shared.
    for node in follow:
        if not names.keys() & set(node.input):
            continue
        copy = NodeProto()
        copy.CopyFrom(node)
        copy.name = f"{PREFIX}{node.name}"
        copy.input[:] = [names.get(name, name) for name in node.input]
        for place, name in enumerate(node.output):
            copy.output[place] = names.setdefault(name, f"{PREFIX}{name}")
        yield copy


def _following(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """Return the nodes that depend on the logits of the labels, in order."""
    known, nodes = {LABEL_LOGITS}, []
    for node in model.graph.node:
        if known.intersection(node.input):
            known.update(node.output)
            nodes.append(node)
    return nodes


def _node(kind: str, inputs: Sequence[str], output: str, **attributes: int) -> onnx.NodeProto:
    """Make a node, whose tensors get the prefix unless they are the graph's own."""
    from onnx import NodeProto, helper

    own = (*_CONSTANTS, *_RESULTS)
    names = [PREFIX + name if name in own else name for name in (*inputs, output)]
    node: NodeProto = helper.make_node(kind, names[:-1], names[-1:], PREFIX + output)
    node.attribute.extend(helper.make_attribute(*pair) for pair in attributes.items())
    return node


def _rename(model: onnx.ModelProto, names: dict[str, str]) -> None:
    """Rename tensors everywhere in a graph."""
    for node in model.graph.node:
        for values in (node.input, node.output):
            for place, name in enumerate(values):
                values[place] = names.get(name, name)
    for output in model.graph.output:
        output.name = names.get(output.name, output.name)
