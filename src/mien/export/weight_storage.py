"""Stores a graph's weights in fewer bits; it still computes in 32.

A file is half as large in 16 bits, and a quarter in 8. ONNX Runtime turns the weights back once,
when it opens the graph, so that classifying takes no longer.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from mien.export.mixing import PREFIX

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

WeightBits = Literal[8, 16]
"""Number of bits of a stored weight."""

MIN_SIZE = 1024
"""Tensors with fewer numbers stay as they are; these are biases and scales."""

_STEPS = 127
"""Steps of 8 bits on either side of zero."""


def store(model: onnx.ModelProto, bits: WeightBits) -> onnx.ModelProto:
    """Return the graph with its large weights in fewer bits, which become float32 on loading.

    In 16 bits a weight changes by at most 1/2,048 of itself, except for those below 6e-5. In 8
    bits it changes by at most 1/254 of the largest weight of the same output channel.

    Parameters
    ----------
    model
        A graph, which is not changed. Its weights in 16 bits are stored anew; those in 8 bits,
        those that are not float32, those too large for float16 (with 16 bits), and the few that mix
        in votes stay.
    bits
        Bits of each weight.
    """
    from onnx import ModelProto, TensorProto, numpy_helper

    smaller = ModelProto()
    smaller.CopyFrom(model)
    _widen(smaller)
    nodes, scales = [], []
    for weight in smaller.graph.initializer:
        if weight.data_type != TensorProto.FLOAT or math.prod(weight.dims) < MIN_SIZE:
            continue
        if weight.name.startswith(PREFIX):
            continue
        numbers = numpy_helper.to_array(weight)
        if bits == 16 and np.abs(numbers).max() > np.finfo(np.float16).max:
            continue
        if bits == 16:
            stored = _stored_name(weight.name, 16)
            nodes.append(_cast(stored, weight.name))
            weight.CopyFrom(numpy_helper.from_array(numbers.astype(np.float16), stored))
        else:
            steps, scale = round_by_channel(numbers)
            scales.append(numpy_helper.from_array(scale, f"{weight.name}.scale"))
            nodes += _scaled(weight.name, scales[-1].name)
            weight.CopyFrom(numpy_helper.from_array(steps, _stored_name(weight.name, 8)))
    smaller.graph.initializer.extend(scales)
    _put_first(smaller, nodes)
    return smaller


def round_by_channel(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round weights to 127 steps either side of zero, whose size each output channel sets.

    Parameters
    ----------
    weights
        ``float32 [C, ...]``, the output channels first.

    Returns
    -------
    tuple
        Steps, ``int8 [C, ...]``, and their size by channel, ``float32 [C, 1, ...]``.
    """
    largest = np.abs(weights).max(axis=tuple(range(1, weights.ndim)), keepdims=True)
    # A channel of zeros may have steps of any size.
    scale = np.where(largest > 0, largest / _STEPS, 1).astype(np.float32)
    return np.rint(weights / scale).clip(-_STEPS, _STEPS).astype(np.int8), scale


def _widen(model: onnx.ModelProto) -> None:
    """Turn weights in 16 bits back to floats."""
    from onnx import TensorProto, numpy_helper

    weights = {weight.name: weight for weight in model.graph.initializer}
    kept = []
    for node in model.graph.node:
        weight = weights.get(node.input[0]) if node.op_type == "Cast" else None
        if weight is None or weight.data_type != TensorProto.FLOAT16:
            kept.append(node)
            continue
        numbers = numpy_helper.to_array(weight).astype(np.float32)
        weight.CopyFrom(numpy_helper.from_array(numbers, node.output[0]))
    del model.graph.node[:]
    model.graph.node.extend(kept)


def _put_first(model: onnx.ModelProto, nodes: list[onnx.NodeProto]) -> None:
    """Put nodes before all others, which use their outputs."""
    nodes = [*nodes, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _stored_name(name: str, bits: WeightBits) -> str:
    return f"{name}.{'float16' if bits == 16 else 'int8'}"


def _cast(stored: str, name: str) -> onnx.NodeProto:
    from onnx import TensorProto, helper

    return helper.make_node("Cast", [stored], [name], stored, to=TensorProto.FLOAT)


def _scaled(name: str, scale: str) -> list[onnx.NodeProto]:
    """Make a weight from its steps, without DequantizeLinear, which is not folded on loading."""
    from onnx import helper

    stored = _stored_name(name, 8)
    steps = f"{name}.steps"
    return [_cast(stored, steps), helper.make_node("Mul", [steps, scale], [name], name)]
