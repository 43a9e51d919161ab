"""Edits an ONNX file without the package onnx, which reading photos does not need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

# Numbers of the fields in onnx.proto (github.com/onnx/onnx, version 1): a model's graph; a graph's
# inputs, outputs and value_info; a value's type; that type's tensor; its shape.
_SHAPES: Mapping[int, object] = {2: {1: {2: None}}}
_FIXED: Mapping[int, object] = {7: {11: _SHAPES, 12: _SHAPES, 13: None}}

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""How a field of a protocol buffer is written."""


def of_any_size(model: bytes) -> bytes:
    """Remove the shapes that an ONNX file states, so that it takes inputs of any size.

    It must compute with any, which only its author knows: weights and operators stay as they are.

    Parameters
    ----------
    model
        The ONNX file.

    Raises
    ------
    ValueError
        If this is not a protocol buffer.
    """
    return b"".join(_without(model, _FIXED))


def _without(message: bytes, removed: Mapping[int, object]) -> Iterator[bytes]:
    """Yield the fields of a message, less those whose number maps to None.

    A number that maps to a mapping is a nested message, from which those fields are removed.
    """
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
        if number not in removed:
            yield message[start:place]
        elif isinstance(inner := removed[number], Mapping):
            part = b"".join(_without(message[body:place], inner))
            yield _as_varint(key) + _as_varint(len(part)) + part


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """Return the number that starts at a place, and the place after it."""
    value = shift = 0
    while place < len(message):
        byte = message[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
    raise ValueError("Expected a protocol buffer, found one that is cut off.")


def _as_varint(value: int) -> bytes:
    """Write a number, seven bits per byte, the lowest first."""
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    parts.append(value)
    return bytes(parts)
