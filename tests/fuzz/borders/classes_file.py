"""A classes.toml."""

from borders.border import Border

from mien.data.vocabulary import parse_classes


def take(data):
    """Read it as the classes of a data set, and write these out."""
    vocabulary = parse_classes(data, "classes.toml", ("awake", "asleep"))
    assert type(vocabulary).from_list(vocabulary.to_list()) == vocabulary


BORDER = Border(
    "classes_file",
    take,
    longest=8192,
    words=(
        b"[awake]", b"[asleep]", b'["fast asleep"]', b"emoji = ", b"colour = ", b'"#33aa55"',
        "🙂".encode(), "👩‍👧".encode(), "e\u0301".encode(), "\u202e".encode(),
        b"\\u0000", b"\\ud800",
        b'"""', b"[[[[", b"{a={", b"nan", b"\r\n", b"\xef\xbb\xbf", b"\xff",
        b"9" * 400, b"9" * 5000,
    ),
)  # fmt: skip
