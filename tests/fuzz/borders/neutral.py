"""A person's own neutral face as JSON."""

from borders.border import Border, scratch_file

from mien.perception.neutral import Neutral


def take(data):
    """Read it, and write it out and in again."""
    neutral = Neutral.load(scratch_file(data, "me.json"))
    again = Neutral.load(scratch_file(neutral.model_dump_json().encode(), "again.json"))
    assert again == neutral


BORDER = Border(
    "neutral",
    take,
    longest=8192,
    words=(
        b'"kind"', b'"mien neutral"', b'"version"', b'"network"', b'"sha256"', b'"labels"',
        b'"classes"', b'"log_probabilities"', b'"photos"', b'"spread"', b'"doubts"', b"null",
        b"NaN", b"1e400", b"[[[[", b'{"a":{', b'"\\ud800"', b"\\u0000", b"\xff",
        b"9" * 400, b"9" * 5000,
    ),
)  # fmt: skip
