import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mien.errors import DataError
from mien.fer2013 import read

Encode = Callable[..., bytes]
MakeZip = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path, encode: Encode) -> Path:
    for number, name in enumerate(["train/happy/a.png", "train/sad/b.png", "test/sad/c.png"]):
        file = tmp_path / "faces" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encode(10 * number))
    return tmp_path / "faces"


def test_folder_reads_as_its_zip_does(tree: Path, tmp_path: Path) -> None:
    packed = tmp_path / "faces.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in tree.rglob("*.png"):
            archive.write(file, file.relative_to(tree))
    one, other = read(tree), read(packed)
    assert one.names.tolist() == ["test/sad/c.png", "train/happy/a.png", "train/sad/b.png"]
    assert one.names.tolist() == other.names.tolist()
    assert one.splits.tolist() == other.splits.tolist() == ["test", "train", "train"]
    assert (one.images == other.images).all()
    assert one.sha256 != other.sha256


def test_content_decides_the_hash(tree: Path, encode: Encode) -> None:
    before = read(tree).sha256
    (tree / "README.md").write_text("notes")
    os.utime(tree / "train/happy/a.png")
    assert read(tree).sha256 == before
    (tree / "train/happy/a.png").write_bytes(encode(99))
    after = read(tree)
    assert after.sha256 != before
    assert after.images[1, 0, 0] == 99
    (tree / "train/happy/a.png").rename(tree / "train/sad/a.png")
    assert read(tree).labels.tolist() == [4, 4, 4]


def test_links_are_followed_and_loops_end(tree: Path, tmp_path: Path) -> None:
    (tree / "train/happy/loop").symlink_to(tree)
    elsewhere = tmp_path / "elsewhere"
    (tree / "train/sad").rename(elsewhere)
    (tree / "train/sad").symlink_to(elsewhere)
    assert read(tree).names.tolist() == ["test/sad/c.png", "train/happy/a.png", "train/sad/b.png"]


@pytest.mark.parametrize("kind", ["pipe", "broken link"])
def test_what_is_no_file_is_a_bad_picture(tree: Path, kind: str) -> None:
    bad = tree / "train/happy/0.png"
    if kind == "pipe":
        os.mkfifo(bad)
    else:
        bad.symlink_to("nowhere")
    with pytest.raises(DataError, match="train/happy/0.png is no regular file"):
        read(tree)
    assert len(read(tree, skip_bad=True)) == 3


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tree: Path) -> None:
    (tree / "train/happy/a.png").chmod(0)
    with pytest.raises(DataError, match="train/happy/a.png cannot be read: Permission denied"):
        read(tree)
    (tree / "train/happy").chmod(0)
    try:
        with pytest.raises(DataError, match="Cannot list the folder .*train/happy"):
            read(tree)
    finally:
        (tree / "train/happy").chmod(0o700)


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"Expected labelled pictures in {tmp_path}, found none"):
        read(tmp_path)


def test_missing_path(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Expected a data set at .*/no.zip, found nothing there"):
        read(tmp_path / "no.zip")


def test_unknown_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "faces.rar").write_bytes(b"Rar!")
    with pytest.raises(DataError, match=r"but a \.rar file is none.*zip, folder, CSV or Parquet"):
        read(tmp_path / "faces.rar")
