"""Tar and Parquet files with pictures, as mien batch reads them."""

from functools import partial

from borders.border import Border, scratch_file

from mien.batch import containers
from mien.batch.entries import Slice
from mien.batch.storage import Storage
from mien.errors import PictureError


def take(kind, data):
    """Count the pictures, and read all."""
    storage, path = Storage(), str(scratch_file(data, f"pictures.{kind}"))
    number = containers.count(storage, path, kind, "image")
    one = Slice(path, kind, 0, number, len(data))
    for name, content in containers.read(storage, one, "image"):
        assert name.startswith(path)
        assert content is None or isinstance(content, bytes | PictureError)


TAR = Border(
    "batch_tar",
    partial(take, "tar"),
    longest=6144,
    words=(
        b"ustar\0", b"ustar  \0", b"a.jpg", b".png", b"./PaxHeader", b"././@LongLink", b"0000644\0",
        b"77777777777\0", b"\x80\0\0\0\0\0\0\0\xff\xff\xff\xff", b"L", b"x", b"g", b"S", b"2", b"5",
        b"GNU.sparse.major=1\n", b"30 size=99999999999\n", b"\0" * 32,
    ),
)  # fmt: skip

PARQUET = Border(
    "batch_parquet",
    partial(take, "parquet"),
    longest=8192,
    words=(b"PAR1", b"image", b"bytes", b"path", b"ARROW:schema", b"\x15", b"\x15\0",
           b"\xff\xff\xff\xff\x0f", b"\0\0\0\0"),
)  # fmt: skip
