"""A NAME.json, which says what a network is."""

from borders.border import Border, scratch_file

from mien.models import ModelInfo


def take(data):
    """Read it, choose its answer to FER-2013's labels, and write it out and in again."""
    info = ModelInfo.from_file(scratch_file(data, "net.json"))
    again = ModelInfo.from_file(scratch_file(info.to_json().encode(), "again.json"))
    assert again.to_json() == info.to_json()
    info.with_labels("fer2013")


BORDER = Border(
    "model_info",
    take,
    longest=8192,
    words=(
        b'"version": 2', b'"classes"', b'"input"', b'"frame"', b'"range"', b'"temperature"',
        b'"conformal"', b'"neutral"', b'"mixing"', b'"label_answer"', b'"members"', b'"labels"',
        b"null", b"true", b"NaN", b"Infinity", b"-1", b"1e400", b"[[[[", b'{"a":{', b'"\\ud800"',
        b"\\u0000", b"\xff", b"9" * 400, b"9" * 5000,
    ),
)  # fmt: skip
