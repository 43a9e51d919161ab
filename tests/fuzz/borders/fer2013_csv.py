"""A CSV such as fer2013.csv."""

from borders.border import Border
from borders.labelled import take_labelled


def take(data):
    """Read it as a data set."""
    take_labelled(data, "fer2013.csv")


BORDER = Border(
    "fer2013_csv",
    take,
    longest=12_000,
    words=(
        b"emotion", b"pixels", b"Usage", b"row", b"Training", b"PublicTest", b"PrivateTest",
        b"0 " * 48, b"255 ", b"256", b"-1", b"\n", b"\r", b"\0", b'"', b",", b";", b"\t",
        b"\xef\xbb\xbf", b"\xff", b"9" * 50,
    ),
)  # fmt: skip
