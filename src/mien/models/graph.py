"""Edits an ONNX file without the package onnx, which reading photos does not need."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from mien.models.protobuf import edited, field, fields, values

_GRAPH, _NODE, _INITIALIZER, _OUTPUT = 7, 1, 5, 12
"""Numbers of fields: a model's graph, and a graph's nodes, weights and outputs."""
_INPUTS, _OUTPUTS, _ATTRIBUTE = 1, 2, 5
"""Numbers of a node's fields: the names of what it takes and gives, and its attributes."""
_OUTPUT_NAME, _WEIGHT_NAME, _EXTERNAL = 1, 8, 13
_INNER_GRAPHS = (6, 11)
"""Numbers of an attribute's fields that hold one graph, or several."""


def of_any_size(model: bytes) -> bytes:
    """Remove the sizes that an ONNX file states, so that it takes pictures of any size.

    It must compute with any, which only its author knows: weights and operators stay as they are.
    So do the first two dimensions of the inputs, pictures and channels: from these ONNX Runtime
    works out how many channels each layer has, which lets it choose the fastest layout for all.

    Parameters
    ----------
    model
        The ONNX file; its inputs are ``[N, C, H, W]``.

    Raises
    ------
    ValueError
        If this is not a protocol buffer.
    """
    return b"".join(edited(memoryview(model), _SIZES))


def _with_open_sides(shape: memoryview) -> bytes:
    """Keep the first two dimensions of a shape, and leave the others open."""
    dimensions = list(values(shape, _DIMENSION))
    sizes = [*map(bytes, dimensions[:2]), *(b"" for _ in dimensions[2:])]
    return b"".join(field(_DIMENSION, size) for size in sizes)


_DIMENSION = 1
"""Number of the field of a shape that holds a dimension."""

# Numbers of the fields in onnx.proto (github.com/onnx/onnx, version 1): a model's graph; a graph's
# inputs, outputs and value_info; a value's type; that type's tensor; its shape.
_SIZES: Mapping[int, object] = {
    7: {11: {2: {1: {2: _with_open_sides}}}, 12: {2: {1: {2: None}}}, 13: None}
}


def output_names(model: bytes) -> list[str]:
    """Return the names of an ONNX file's outputs, in their order.

    Raises
    ------
    ValueError
        If this is not a protocol buffer.
    """
    graphs = values(memoryview(model), _GRAPH)
    outputs = (output for graph in graphs for output in values(graph, _OUTPUT))
    return [bytes(name).decode() for output in outputs for name in values(output, _OUTPUT_NAME)]


def with_outputs(model: bytes, names: Collection[str]) -> bytes:
    """Keep some outputs of an ONNX file, and only what is needed to compute them.

    ONNX Runtime computes all outputs of a graph, whichever are asked for.

    Parameters
    ----------
    model
        The ONNX file. One with branches or loops, or with weights in other files, is returned as
        it is.
    names
        The outputs to keep.

    Raises
    ------
    ValueError
        If this is not a protocol buffer.
    """
    view = memoryview(model)
    if any(map(_depends_on_more, values(view, _GRAPH))):
        return model
    return b"".join(
        field(number, b"".join(_needed(body, names))) if number == _GRAPH else whole
        for number, body, whole in fields(view)
    )


def _depends_on_more(graph: memoryview) -> bool:
    """Return whether a graph has nodes with graphs inside, or weights in other files."""
    attributes = (part for node in values(graph, _NODE) for part in values(node, _ATTRIBUTE))
    return any(
        number in _INNER_GRAPHS for attribute in attributes for number, _, _ in fields(attribute)
    ) or any(
        number == _EXTERNAL
        for weight in values(graph, _INITIALIZER)
        for number, _, _ in fields(weight)
    )


def _needed(graph: memoryview, names: Collection[str]) -> Iterator[memoryview]:
    """Yield the fields of a graph without the nodes and weights that no kept output needs."""
    needed = {name.encode() for name in names}
    kept = []
    # A node stands behind all that it takes something from.
    for number, body, whole in reversed(list(fields(graph))):
        if number == _NODE:
            if needed.isdisjoint(map(bytes, values(body, _OUTPUTS))):
                continue
            needed.update(map(bytes, values(body, _INPUTS)))
        kept.append((number, body, whole))
    for number, body, whole in reversed(kept):
        names_of = {_INITIALIZER: _WEIGHT_NAME, _OUTPUT: _OUTPUT_NAME}.get(number)
        if names_of is None or not needed.isdisjoint(map(bytes, values(body, names_of))):
            yield whole
