"""A Parquet file with encoded pictures."""

from borders.border import Border
from borders.labelled import take_labelled


def take(data):
    """Read it as a data set."""
    take_labelled(data, "faces.parquet")


BORDER = Border(
    "parquet",
    take,
    longest=8192,
    words=(b"PAR1", b"image", b"label", b"bytes", b"path", b"huggingface", b"ARROW:schema",
           b"\x15", b"\x15\0", b"\xff\xff\xff\xff\x0f", b"\0\0\0\0"),
)  # fmt: skip
