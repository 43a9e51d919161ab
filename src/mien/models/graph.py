"""Edits an ONNX file without the package onnx, which reading photos does not need."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

_GRAPH, _NODE, _INITIALIZER, _OUTPUT = 7, 1, 5, 12
"""Numbers of fields: a model's graph, and a graph's nodes, weights and outputs."""
_INPUTS, _OUTPUTS, _ATTRIBUTE = 1, 2, 5
"""Numbers of a node's fields: the names of what it takes and gives, and its attributes."""
_OUTPUT_NAME, _WEIGHT_NAME, _EXTERNAL = 1, 8, 13
_INNER_GRAPHS = (6, 11)
"""Numbers of an attribute's fields that hold one graph, or several."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""How a field of a protocol buffer is written."""
_VARINT_BITS = 70
"""A number has at most ten bytes, seven bits in each."""


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
    return b"".join(_edited(memoryview(model), _SIZES))


def _with_open_sides(shape: memoryview) -> bytes:
    """Keep the first two dimensions of a shape, and leave the others open."""
    dimensions = list(_values(shape, _DIMENSION))
    sizes = [*map(bytes, dimensions[:2]), *(b"" for _ in dimensions[2:])]
    return b"".join(_field(_DIMENSION, size) for size in sizes)


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
    graphs = _values(memoryview(model), _GRAPH)
    outputs = (output for graph in graphs for output in _values(graph, _OUTPUT))
    return [bytes(name).decode() for output in outputs for name in _values(output, _OUTPUT_NAME)]


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
    if any(map(_depends_on_more, _values(view, _GRAPH))):
        return model
    return b"".join(
        _field(number, b"".join(_needed(body, names))) if number == _GRAPH else whole
        for number, body, whole in _fields(view)
    )


def _depends_on_more(graph: memoryview) -> bool:
    """Return whether a graph has nodes with graphs inside, or weights in other files."""
    attributes = (part for node in _values(graph, _NODE) for part in _values(node, _ATTRIBUTE))
    return any(
        number in _INNER_GRAPHS for attribute in attributes for number, _, _ in _fields(attribute)
    ) or any(
        number == _EXTERNAL
        for weight in _values(graph, _INITIALIZER)
        for number, _, _ in _fields(weight)
    )


def _needed(graph: memoryview, names: Collection[str]) -> Iterator[memoryview]:
    """Yield the fields of a graph without the nodes and weights that no kept output needs."""
    needed = {name.encode() for name in names}
    kept = []
    # A node stands behind all that it takes something from.
    for number, body, whole in reversed(list(_fields(graph))):
        if number == _NODE:
            if needed.isdisjoint(map(bytes, _values(body, _OUTPUTS))):
                continue
            needed.update(map(bytes, _values(body, _INPUTS)))
        kept.append((number, body, whole))
    for number, body, whole in reversed(kept):
        field = {_INITIALIZER: _WEIGHT_NAME, _OUTPUT: _OUTPUT_NAME}.get(number)
        if field is None or not needed.isdisjoint(map(bytes, _values(body, field))):
            yield whole


def _values(message: memoryview, field: int) -> Iterator[memoryview]:
    """Yield the values of a field that may be repeated."""
    return (body for number, body, _ in _fields(message) if number == field)


def _edited(
    message: memoryview, edits: Mapping[int, object]
) -> Iterator[bytes | memoryview]:
    """Yield the fields of a message, less those whose number maps to None.

    A number that maps to a mapping is a nested message, which is edited so; one that maps to a
    function is replaced by what that makes of it.
    """
    for number, body, whole in _fields(message):
        edit = edits.get(number, whole)
        if edit is whole:
            yield whole
        elif isinstance(edit, Mapping):
            yield _field(number, b"".join(_edited(body, edit)))
        elif callable(edit):
            yield _field(number, edit(body))


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Yield the number, the value and the whole of each field of a message."""
    place = 0
    while place < len(message):
        start = place
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        body = place
        if kind == _BYTES:
            length, body = _varint(message, place)
            place = body + length
        elif kind == _VARINT:
            _, place = _varint(message, place)
        elif kind in (_FIXED32, _FIXED64):
            place += 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"Expected a protocol buffer, found a field of kind {kind}.")
        if place > len(message):
            raise ValueError("Expected a protocol buffer, found one that is cut off.")
        yield number, message[body:place], message[start:place]


def _field(number: int, body: bytes) -> bytes:
    """Write a field of bytes."""
    return _as_varint(number << 3 | _BYTES) + _as_varint(len(body)) + body


def _varint(message: bytes | memoryview, place: int) -> tuple[int, int]:
    """Return the number that starts at a place, and the place after it."""
    value = shift = 0
    # Without an end, a long row of bytes would take time in the square of its length.
    while place < len(message) and shift < _VARINT_BITS:
        byte = message[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
    what = "one that is cut off" if place == len(message) else "a number of more than ten bytes"
    raise ValueError(f"Expected a protocol buffer, found {what}.")


def _as_varint(value: int) -> bytes:
    """Write a number, seven bits per byte, the lowest first."""
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    parts.append(value)
    return bytes(parts)
