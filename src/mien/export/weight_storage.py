"""Stores a graph's weights in fewer bits; it computes in 32 all the same.

A file is half as large in 16 bits, a quarter in 8. ONNX Runtime turns the weights back once, when
it opens the graph, so that reading takes no longer.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

WeightBits = Literal[8, 16]
"""How many bits a stored weight has."""

LEAST = 1024
"""Numbers that a tensor must have to be worth it; the small ones are biases and scales."""

_STEPS = 127
"""Steps of 8 bits on either side of zero."""


def store(model: onnx.ModelProto, bits: WeightBits) -> onnx.ModelProto:
    """Give the graph with its large weights in fewer bits, each made float32 when it is loaded.

    In 16 bits a weight moves by at most 1 in 2,048 of itself; only those below 6e-5 move by more
    of it. In 8 it moves by at most 1 in 254 of the largest with the same output channel.

    Parameters
    ----------
    model
        A graph; it is left as it is. Weights that it has in 16 bits are stored anew; those in 8
        bits, that are not float32, or too large for float16 where that is asked for, stay.
    bits
        How many each weight gets.
    """
    from onnx import ModelProto, TensorProto, numpy_helper

    made = ModelProto()
    made.CopyFrom(model)
    _widen(made)
    nodes, scales = [], []
    for weight in made.graph.initializer:
        if weight.data_type != TensorProto.FLOAT or math.prod(weight.dims) < LEAST:
            continue
        numbers = numpy_helper.to_array(weight)
        if bits == 16 and np.abs(numbers).max() > np.finfo(np.float16).max:
            continue
        if bits == 16:
            stored = _stored(weight.name, 16)
            nodes.append(_cast(stored, weight.name))
            weight.CopyFrom(numpy_helper.from_array(numbers.astype(np.float16), stored))
        else:
            whole, scale = round_by_channel(numbers)
            scales.append(numpy_helper.from_array(scale, f"{weight.name}.scale"))
            nodes += _scaled(weight.name, scales[-1].name)
            weight.CopyFrom(numpy_helper.from_array(whole, _stored(weight.name, 8)))
    made.graph.initializer.extend(scales)
    _put_first(made, nodes)
    return made


def round_by_channel(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round weights to 127 steps either way, as wide for each output channel as it needs.

    Parameters
    ----------
    weights
        ``float32 [C, ...]``, the output channels first.

    Returns
    -------
    tuple
        Steps, ``int8 [C, ...]``, and how large each channel's are, ``float32 [C, 1, ...]``.
    """
    largest = np.abs(weights).max(axis=tuple(range(1, weights.ndim)), keepdims=True)
    # A channel without any weight has steps of any size.
    scale = np.where(largest > 0, largest / _STEPS, 1).astype(np.float32)
    return np.rint(weights / scale).clip(-_STEPS, _STEPS).astype(np.int8), scale


def _widen(model: onnx.ModelProto) -> None:
    """Turn weights in 16 bits back to floats."""
    from onnx import TensorProto, numpy_helper

    halves = {each.name: each for each in model.graph.initializer}
    kept = []
    for node in model.graph.node:
        weight = halves.get(node.input[0]) if node.op_type == "Cast" else None
        if weight is None or weight.data_type != TensorProto.FLOAT16:
            kept.append(node)
            continue
        numbers = numpy_helper.to_array(weight).astype(np.float32)
        weight.CopyFrom(numpy_helper.from_array(numbers, node.output[0]))
    del model.graph.node[:]
    model.graph.node.extend(kept)


def _put_first(model: onnx.ModelProto, nodes: list[onnx.NodeProto]) -> None:
    """Put nodes before all others, which take what these make."""
    nodes = [*nodes, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def _stored(name: str, bits: WeightBits) -> str:
    return f"{name}.{'float16' if bits == 16 else 'int8'}"


def _cast(stored: str, name: str) -> onnx.NodeProto:
    from onnx import TensorProto, helper

    return helper.make_node("Cast", [stored], [name], stored, to=TensorProto.FLOAT)


def _scaled(name: str, scale: str) -> list[onnx.NodeProto]:
    """Make a weight of its steps: no DequantizeLinear, which would not be folded on loading."""
    from onnx import helper

    stored = _stored(name, 8)
    steps = f"{name}.steps"
    return [_cast(stored, steps), helper.make_node("Mul", [steps, scale], [name], name)]
