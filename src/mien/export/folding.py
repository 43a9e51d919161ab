"""Folds normalisation into convolutions, so that a graph has less to do in 8 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mien.export.mixing import constants
from mien.models.graph import with_outputs

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray


def fold(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a graph in which convolution, maximum pooling, normalisation and ReLU are fewer nodes.

    The normalisation becomes part of the convolution's weights, and the ReLU moves before the
    pooling, where 8-bit layers do it for nothing. Both leave the maximum the same, since the
    normalisation multiplies by positive numbers; a channel that it multiplies by none above zero
    becomes a constant. Activation maps stay the same too: they compare what is pooled with the
    maximum.

    Parameters
    ----------
    model
        A graph of `mien.export.onnx`, which is not changed.
    """
    from onnx import ModelProto

    folded = ModelProto()
    folded.CopyFrom(model)
    for norm in [node for node in folded.graph.node if node.op_type == "BatchNormalization"]:
        _fold(folded, norm)
    _sort(folded)
    remove_unused(folded)
    return folded


def _fold(model: onnx.ModelProto, norm: onnx.NodeProto) -> None:
    """Fold one normalisation, if what is around it allows that."""
    makers = {output: node for node in model.graph.node for output in node.output}
    pool = makers.get(norm.input[0])
    if pool is not None and pool.op_type == "MaxPool":
        layer = makers.get(pool.input[0])
    else:
        layer, pool = pool, None
    users = [node for node in model.graph.node if norm.output[0] in node.input]
    relu = next((node for node in users if node.op_type == "Relu"), None)
    # The weights of the dense layer belong to the activation map too, and stay as they are.
    if layer is None or layer.op_type != "Conv" or relu is None:
        return
    _change_weights(model, layer, norm, pool is not None)
    model.graph.node.remove(norm)
    if pool is None:
        _use_instead(model, norm.output[0], layer.output[0])
        return
    before, pooled, after = layer.output[0], pool.output[0], relu.output[0]
    rectified = f"{before}.rectified"
    # First what else uses these tensors: the map.
    for old, new in ((before, rectified), (pooled, after)):
        _use_instead(model, old, new, except_by=(pool, relu))
    relu.input[0], relu.output[0] = before, rectified
    pool.input[0], pool.output[0] = rectified, after


def _change_weights(
    model: onnx.ModelProto, layer: onnx.NodeProto, norm: onnx.NodeProto, pooled: bool
) -> None:
    """Make the normalisation part of a layer's weights and bias."""
    from onnx import helper, numpy_helper

    gain, shift, mean, variance = constants(model, list(norm.input[1:5]))
    given = {one.name: helper.get_attribute_value(one) for one in norm.attribute}
    scale = gain / np.sqrt(variance + given.get("epsilon", 1e-5))
    weights, *rest = constants(model, list(layer.input[1:]))
    shift = shift - mean * scale
    if pooled:
        scale = np.maximum(scale, 0)
    bias = shift + (rest[0] * scale if rest else 0)
    own: dict[str, NDArray[np.float32]] = {
        f"{layer.output[0]}.weights": weights * scale.reshape(-1, *[1] * (weights.ndim - 1)),
        f"{layer.output[0]}.bias": bias,
    }
    layer.input[:] = [layer.input[0], *own]
    model.graph.initializer.extend(
        numpy_helper.from_array(value.astype(np.float32), name) for name, value in own.items()
    )


def _use_instead(
    model: onnx.ModelProto, old: str, new: str, except_by: tuple[onnx.NodeProto, ...] = ()
) -> None:
    """Let all nodes, with exceptions, use another tensor than before."""
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name == old and node not in except_by:
                node.input[place] = new


def remove_unused(model: onnx.ModelProto) -> None:
    """Remove nodes and weights that nothing uses."""
    from onnx import load_from_string

    outputs = [output.name for output in model.graph.output]
    model.CopyFrom(load_from_string(with_outputs(model.SerializeToString(), outputs)))


def _sort(model: onnx.ModelProto) -> None:
    """Put each node behind all that it uses."""
    graph = model.graph
    known = {"", *(value.name for part in (graph.initializer, graph.input) for value in part)}
    left, ordered = list(graph.node), []
    while left:
        ready = [node for node in left if known.issuperset(node.input)]
        left = [node for node in left if not known.issuperset(node.input)]
        known.update(name for node in ready for name in node.output)
        ordered += ready
    del graph.node[:]
    graph.node.extend(ordered)
