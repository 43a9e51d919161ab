"""Tar files that others wrote."""

import os
import tarfile
from pathlib import Path

import pytest

from mien.batch import containers
from mien.batch.entries import Slice
from mien.batch.storage import Storage
from mien.errors import PictureError


def write_sparse(path: Path, size: int) -> int:
    """Write a member in GNU's form of sparse files that is all hole; return the file's bytes."""
    header = bytearray(tarfile.TarInfo("a.jpg").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[386:398] = header[483:495] = tarfile.itn(size, 12, tarfile.GNU_FORMAT)
    header[398:410] = tarfile.itn(0, 12, tarfile.GNU_FORMAT)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path.write_bytes(bytes(header) + bytes(1024))
    return path.stat().st_size


def read(path: Path, size: int) -> list[tuple[str, containers.Content]]:
    return list(containers.read(Storage(), Slice(str(path), "tar", 0, 1, size), "image"))


def test_a_member_that_is_all_hole_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    size = write_sparse(path, 50 * 10**9)
    ((name, content),) = read(path, size)
    assert name == f"{path}#a.jpg"
    assert isinstance(content, PictureError)
    assert content.problem == "a.jpg has 50,000.0 MB, over the limit of 400."


def test_a_member_at_the_limit_is_read_and_one_byte_more_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mien.batch.storage.MAX_MEGABYTES", 0.001)
    path = tmp_path / "a.tar"
    assert read(path, write_sparse(path, 1000))[0][1] == bytes(1000)
    assert isinstance(read(path, write_sparse(path, 1001))[0][1], PictureError)


def test_a_picture_of_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.touch()
    os.truncate(path, 50 * 10**9)  # takes no room on the disk
    for size in (50 * 10**9, None):
        with pytest.raises(PictureError, match="a.jpg has 50,000.0 MB, over the limit of 400"):
            Storage().content(str(path), size)
