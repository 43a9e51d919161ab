"""A text list of pictures."""

from borders.border import Border, scratch_file

from mien.batch.storage import Storage
from mien.batch.text_lists import lines_of


def take(data):
    """Read what it names."""
    for line in lines_of(Storage(), str(scratch_file(data, "pictures.txt"))):
        assert line.strip() and "\0" not in line


BORDER = Border(
    "batch_list",
    take,
    longest=10_000,
    words=(
        b"a.jpg", b"/a.jpg", b"s3://bucket/a.jpg", b"http://", b"://", b"../", b"\n", b"\r\n",
        b"\r", b"\0", b"\xef\xbb\xbf", b"\xff", b"\xed\xa0\x80", b" ", b"x" * 4096,
    ),
)  # fmt: skip
