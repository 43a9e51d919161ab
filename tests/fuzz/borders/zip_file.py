"""A zip with a folder of pictures for each class."""

from borders.border import Border
from borders.labelled import take_labelled


def take(data):
    """Read it as a data set."""
    take_labelled(data, "faces.zip")


BORDER = Border(
    "zip_file",
    take,
    longest=4096,
    words=(
        b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08",
        b"happy/", b"sad/", b"train/", b"../", b"/", b"\\", b".png", b".jpg", b"classes.toml",
        b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x08\0", b"\x0c\0", b"\x0e\0", b"\x5d\0", b"\x63\0",
    ),
)  # fmt: skip
