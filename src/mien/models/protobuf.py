"""Reads and writes protocol buffers, in which ONNX files are written, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""How a field of a protocol buffer is written."""
_VARINT_BITS = 70
"""A number has at most ten bytes, seven bits in each."""


def fields(message: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Yield the number, the value and the whole of each field of a message."""
    place = 0
    while place < len(message):
        start = place
        key, place = varint(message, place)
        number, kind = key >> 3, key & 7
        body = place
        if kind == _BYTES:
            length, body = varint(message, place)
            place = body + length
        elif kind == _VARINT:
            _, place = varint(message, place)
        elif kind in (_FIXED32, _FIXED64):
            place += 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(f"Expected a protocol buffer, found a field of kind {kind}.")
        if place > len(message):
            raise ValueError("Expected a protocol buffer, found one that is cut off.")
        yield number, message[body:place], message[start:place]


def values(message: memoryview, number: int) -> Iterator[memoryview]:
    """Yield the values of a field that may be repeated."""
    return (body for found, body, _ in fields(message) if found == number)


def edited(
    message: memoryview, edits: Mapping[int, object]
) -> Iterator[bytes | memoryview]:
    """Yield the fields of a message, less those whose number maps to None.

    A number that maps to a mapping is a nested message, which is edited so; one that maps to a
    function is replaced by what that makes of it.
    """
    for number, body, whole in fields(message):
        edit = edits.get(number, whole)
        if edit is whole:
            yield whole
        elif isinstance(edit, Mapping):
            yield field(number, b"".join(edited(body, edit)))
        elif callable(edit):
            yield field(number, edit(body))


def field(number: int, body: bytes) -> bytes:
    """Write a field of bytes."""
    return as_varint(number << 3 | _BYTES) + as_varint(len(body)) + body


def number_field(number: int, value: int) -> bytes:
    """Write a field of a whole number from 0."""
    return as_varint(number << 3 | _VARINT) + as_varint(value)


def varint(message: bytes | memoryview, place: int) -> tuple[int, int]:
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


def as_varint(value: int) -> bytes:
    """Write a number, seven bits per byte, the lowest first."""
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    parts.append(value)
    return bytes(parts)
