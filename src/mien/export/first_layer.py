"""Makes the first layer of a graph in 8 bits faster, with the same result to the last bit.

A 3x3 convolution of a gray face has 9 products for each output, which are gathered byte by byte.
Before a 2x2 maximum pooling, the four outputs that a maximum is taken of can be four times as many
channels of a convolution on a quarter of the places, whose input has the 2x2 pixels of a place as
channels. The maximum of the four is then a pooling along a row of places.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from mien.export.folding import remove_unused

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

_DOMAIN = "com.microsoft"
"""Operators of ONNX Runtime's own, which keep the channels last, as 8-bit layers want them."""


@dataclasses.dataclass(frozen=True)
class _Layer:
    """The nodes of a first layer, from the faces on."""

    faces: onnx.NodeProto
    """Gives the faces as numbers."""
    convolution: onnx.NodeProto
    rounding: onnx.NodeProto
    """Rounds its outputs to 8 bits."""
    widening: onnx.NodeProto
    """Makes numbers of these for the pooling."""
    pooling: onnx.NodeProto
    pooled: onnx.NodeProto
    """Rounds the maximum, with the same scale."""


def in_places(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph with its first layer so; the graph itself if that is another one.

    Parameters
    ----------
    model
        A graph in which the faces, ``uint8``, are scaled by DequantizeLinear, and QuantizeLinear
        and DequantizeLinear stand around a first 3x3 convolution and a 2x2 maximum pooling.
    """
    from onnx import ModelProto, helper

    changed = ModelProto()
    changed.CopyFrom(model)
    layer = _first(changed)
    if layer is None:
        return model
    nodes = _nodes(changed, layer)
    removed = [getattr(layer, field.name) for field in dataclasses.fields(layer)]
    kept = [node for node in changed.graph.node if node not in removed]
    del changed.graph.node[:]
    changed.graph.node.extend([*nodes, *kept])
    remove_unused(changed)
    changed.opset_import.append(helper.make_opsetid(_DOMAIN, 1))
    return changed


def _first(model: onnx.ModelProto) -> _Layer | None:
    """Find the first layer, if each of its tensors is used once and it is of the right form."""
    users: dict[str, list[onnx.NodeProto]] = {}
    for node in model.graph.node:
        for name in node.input[:1]:
            users.setdefault(name, []).append(node)
    name = model.graph.input[0].name
    chain: list[onnx.NodeProto] = []
    for kind in _KINDS:
        following = users.get(name, [])
        if len(following) != 1 or following[0].op_type != kind:
            return None
        chain.append(following[0])
        name = following[0].output[0]
    layer = _Layer(*chain)
    return layer if _fits(model, layer) else None


_KINDS = (
    "DequantizeLinear", "Conv", "QuantizeLinear", "DequantizeLinear", "MaxPool", "QuantizeLinear"
)


def _fits(model: onnx.ModelProto, layer: _Layer) -> bool:
    """Return whether sizes and scales are those that the rewriting is made for."""
    from onnx import helper

    def given(node: onnx.NodeProto) -> dict[str, list[int]]:
        values = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        return {name: value for name, value in values.items() if isinstance(value, list) and value}

    _, channels, height, width = _shape(model)
    usual = {"dilations": [1, 1], "strides": [1, 1]}
    convolution, pooling = usual | given(layer.convolution), usual | given(layer.pooling)
    scales = [_weights(model, node.input[1]) for node in (layer.rounding, layer.pooled)]
    zeros = [_weights(model, node.input[2]) for node in (layer.rounding, layer.pooled)]
    return (
        channels == 1
        and height % 2 == width % 2 == 0
        and convolution
        == usual | {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}
        and pooling.pop("pads", [0] * 4) == [0] * 4
        and pooling == {"kernel_shape": [2, 2], "strides": [2, 2], "dilations": [1, 1]}
        and scales[0] == scales[1]
        and zeros[0] == zeros[1]
    )


def _nodes(model: onnx.ModelProto, layer: _Layer) -> list[onnx.NodeProto]:
    """Make the new nodes, and their weights."""
    from onnx import helper, numpy_helper

    makers = {name: node for node in model.graph.node for name in node.output}
    sources = [makers[name] for name in layer.convolution.input[1:]]
    weights, scale, bias = (
        _weights(model, name)
        for name in (sources[0].input[0], sources[0].input[1], sources[1].input[0])
    )
    count, (_, _, height, width) = len(weights), _shape(model)
    rows, columns = height // 2, width // 2
    values = {
        "pixels": np.array([0, rows, 2, columns, 2]),
        "places": np.array([0, rows, columns, 4]),
        "row": np.array([0, rows, 4 * columns, count]),
        "weights": _of_places(weights),
        "scale": np.tile(np.broadcast_to(scale, count), 4),
        "zero": np.zeros(4 * count, np.int8),
        "bias": np.tile(bias, 4),
    }
    model.graph.initializer.extend(
        numpy_helper.from_array(value, f"first.{name}") for name, value in values.items()
    )
    faces, result = layer.faces.input, layer.rounding.input
    inputs = ["in", *faces[1:3], "weights", "scale", "zero", *result[1:3], "bias"]
    options = {"domain": _DOMAIN, "channels_last": 1, "kernel_shape": [3, 3], "pads": [1] * 4}
    steps: list[tuple[str, list[str], str, dict[str, Any]]] = [
        ("Reshape", [faces[0], "pixels"], "split", {}),
        ("Transpose", ["split"], "gathered", {"perm": [0, 1, 3, 2, 4]}),
        ("Reshape", ["gathered", "places"], "in", {}),
        ("QLinearConv", inputs, "out", options),
        ("Reshape", ["out", "row"], "wide", {}),
        ("NhwcMaxPool", ["wide"], "best", _ALONG_ROW),
        ("Transpose", ["best"], layer.pooled.output[0], {"perm": [0, 3, 1, 2]}),
    ]
    own = {*values, *(output for *_, output, _ in steps[:-1])}
    return [
        helper.make_node(
            kind,
            [f"first.{name}" if name in own else name for name in names],
            [f"first.{output}" if output in own else output],
            **attributes,
        )
        for kind, names, output, attributes in steps
    ]


_ALONG_ROW: dict[str, Any] = {"domain": _DOMAIN, "kernel_shape": [1, 4], "strides": [1, 4]}


def _of_places(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return weights ``[C, 1, 3, 3]`` as ``[4 C, 4, 3, 3]``, on places of 2x2 pixels.

    The first C channels are the upper left pixel of each place, then come upper right, lower left
    and lower right.
    """
    count = len(weights)
    spread = np.zeros((2, 2, count, 2, 2, 3, 3), np.int8)
    for down, right, row, column in itertools.product(range(2), range(2), range(3), range(3)):
        # The pixel that this weight meets, from the upper left one of the place on.
        y, x = down + row - 1, right + column - 1
        spread[down, right, :, y % 2, x % 2, y // 2 + 1, x // 2 + 1] = weights[:, 0, row, column]
    return spread.reshape(4 * count, 4, 3, 3)


def _shape(model: onnx.ModelProto) -> list[int]:
    return [size.dim_value for size in model.graph.input[0].type.tensor_type.shape.dim]


def _weights(model: onnx.ModelProto, name: str) -> NDArray[Any]:
    from onnx import numpy_helper

    (weight,) = (weight for weight in model.graph.initializer if weight.name == name)
    return numpy_helper.to_array(weight)
