"""Tar and Parquet files that others wrote."""

import os
import tarfile
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mien.batch import containers
from mien.batch.entries import Kind, Slice
from mien.batch.storage import Storage
from mien.errors import DataError, PictureError
from mien.image import MAX_MEGABYTES


def write_sparse(path: Path, size: int) -> None:
    """Write a member in GNU's form of sparse files that is all hole."""
    header = bytearray(tarfile.TarInfo("a.jpg").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[386:398] = header[483:495] = tarfile.itn(size, 12, tarfile.GNU_FORMAT)
    header[398:410] = tarfile.itn(0, 12, tarfile.GNU_FORMAT)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path.write_bytes(bytes(header) + bytes(1024))


def test_a_sparse_member_that_is_cut_off_in_its_list_of_holes(tmp_path: Path) -> None:
    # tarfile raised IndexError.
    path = tmp_path / "a.tar"
    write_sparse(path, 1000)
    header = bytearray(path.read_bytes()[:512])
    header[482] = 1  # the list of holes goes on in the next block
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path.write_bytes(bytes(header) + bytes(11))
    with pytest.raises(DataError, match=r"a\.tar is not a tar file, or is damaged"):
        containers.count(Storage(), str(path), "tar", "image")


def of_size(size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return the header of a member that says it has so many bytes."""
    header = bytearray(tarfile.TarInfo("a.jpg").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = tarfile.itn(size, 12, tarfile.GNU_FORMAT)
    header[156:157] = kind
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(of_size(0) + of_size(-512), id="a negative size, read for ever"),
        pytest.param(of_size(-512), id="a negative size at the beginning"),
        pytest.param(of_size(2**60, tarfile.XHDTYPE), id="a MemoryError"),
        pytest.param(of_size(0, tarfile.XHDTYPE) * 2000, id="a RecursionError"),
        pytest.param(of_size(0) + of_size(0, tarfile.XHDTYPE) * 2000, id="one behind a member"),
    ],
)
def test_headers_that_claim_what_cannot_be(tmp_path: Path, headers: bytes) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(headers + bytes(1024))
    with pytest.raises(DataError, match=r"a\.tar is not a tar file, or is damaged"):
        containers.count(Storage(), str(path), "tar", "image")


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    # pyarrow raised KeyError.
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table([[b"a"], [b"b"]], names=["image", "image"]), path)
    with pytest.raises(DataError, match=r"a\.parquet has 2 columns called 'image'"):
        containers.count(Storage(), str(path), "parquet", "image")


def test_a_damaged_page_that_claims_gigabytes_takes_no_room(tmp_path: Path) -> None:
    # 500 bytes made pyarrow allocate 1.3 GB.
    path = tmp_path / "a.parquet"
    table = pa.table({"image": [b"a" * 100] * 5})
    pq.write_table(table, path, compression="none", use_dictionary=False)
    data = path.read_bytes()
    gigabytes = b"\xfe\xff\xff\xff\x0f"  # Thrift's form of 2**31 - 1
    # A page of data, its size in memory and that in the file, two bytes each.
    assert data[4:12:5] == b"\x15\x15" and data[7:9] == data[10:12]
    path.write_bytes(data[:7] + gigabytes + b"\x15" + gigabytes + data[12:])
    before = pa.default_memory_pool().max_memory()
    one = Slice(str(path), "parquet", 0, 5, path.stat().st_size)
    with pytest.raises(DataError, match=r"a\.parquet is not a Parquet file, or is damaged"):
        list(containers.read(Storage(), one, "image"))
    assert pa.default_memory_pool().max_memory() < max(before, 1e8)


def test_large_files_are_read_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.parquet"
    pictures = [bytes([number]) * 1000 for number in range(40)]
    pq.write_table(pa.table({"image": pictures}), path, row_group_size=20)
    one = Slice(str(path), "parquet", 5, 35, path.stat().st_size)
    for small in (containers._SMALL, 0):
        monkeypatch.setattr(containers, "_SMALL", small)
        contents = [content for _, content in containers.read(Storage(), one, "image")]
        assert contents == pictures[5:35]


def read(path: Path, limit: float = MAX_MEGABYTES) -> list[tuple[str, containers.Content]]:
    """Read the one picture of a file."""
    kind = cast(Kind, path.suffix[1:])
    one = Slice(str(path), kind, 0, 1, path.stat().st_size)
    return list(containers.read(Storage(max_megabytes=limit), one, "image"))


def test_a_member_that_is_all_hole_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    write_sparse(path, 50 * 10**9)
    ((name, content),) = read(path)
    assert name == f"{path}#a.jpg"
    assert isinstance(content, PictureError)
    assert content.problem == f"{name} has 50,000.0 MB, over the limit of 400."


def test_a_picture_at_the_limit_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    for size, refused in ((1000, False), (1001, True)):
        write_sparse(tmp_path / "a.tar", size)
        pq.write_table(pa.table({"image": [bytes(size)]}), tmp_path / "a.parquet")
        for name in ("a.tar", "a.parquet"):
            ((_, content),) = read(tmp_path / name, limit=0.001)
            assert isinstance(content, PictureError) if refused else content == bytes(size)
        storage = Storage(max_megabytes=0.001)
        (tmp_path / "a.jpg").write_bytes(bytes(size))
        for path in (tmp_path / "a.jpg", f"file://{tmp_path}/a.jpg"):
            if refused:
                with pytest.raises(PictureError, match="allow it with max_megabytes=1"):
                    storage.content(str(path))
            else:
                assert storage.content(str(path)) == bytes(size)


def test_a_picture_of_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.touch()
    os.truncate(path, 50 * 10**9)  # takes no room on the disk
    for size in (50 * 10**9, None):
        with pytest.raises(PictureError, match="a.jpg has 50,000.0 MB, over the limit of 400"):
            Storage().content(str(path), size)
