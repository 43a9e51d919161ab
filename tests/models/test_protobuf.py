import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.models.protobuf import as_varint, field, fields, number_field, values, varint


def test_a_number_without_an_end_is_refused_at_once() -> None:
    # Reading all of it took time in the square of its length.
    with pytest.raises(ValueError, match="a number of more than ten bytes"):
        varint(b"\xff" * 2**20, 0)
    assert varint(b"\xff" * 9 + b"\x01", 0) == (2**64 - 1, 10)


@given(st.integers(0, 2**63))
def test_numbers_are_read_as_they_are_written(value: int) -> None:
    written = as_varint(value)
    assert varint(b"x" + written + b"\x05", 1) == (value, 1 + len(written))


@given(st.integers(0, 2**63), st.binary())
def test_fields_are_read_as_they_are_written(number: int, text: bytes) -> None:
    message = memoryview(field(1, text) + number_field(200, number) + field(1, b"more"))
    assert [bytes(value) for value in values(message, 1)] == [text, b"more"]
    assert [varint(value, 0)[0] for value in values(message, 200)] == [number]
    assert b"".join(bytes(whole) for _, _, whole in fields(message)) == message
