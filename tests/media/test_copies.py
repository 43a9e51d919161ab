from pathlib import Path

import numpy as np
import pytest

from mien.files import write_jpeg
from mien.media.copies import ClipNames, CopyNames
from mien.media.sources import ClipFile, StandardInput

IMAGE = np.zeros((4, 4, 3), np.uint8)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two", "out"):
        Path(name).mkdir()
    return tmp_path


def write_copy(source, folder=None):
    """Write a picture's copy as a run does; return its path."""
    names = CopyNames(folder)
    path = names.copy_of(source)
    write_jpeg(path, IMAGE, comment=names.comment(source))
    return path


def test_a_name_is_not_used_for_two_pictures_in_one_run_or_over_two():
    sources = [Path(source) for source in ("one/x.png", "two/x.png", "two/x.bmp")]
    copies = [Path("out/x.mien.jpg"), Path("out/x-2.mien.jpg"), Path("out/x-3.mien.jpg")]
    for _ in range(2):
        assert [write_copy(source, Path("out")) for source in sources] == copies
    assert [write_copy(source, Path("out")) for source in sources[::-1]] == copies[::-1]
    assert len(list(Path("out").iterdir())) == 3


def test_copies_go_beside_their_pictures():
    assert write_copy(Path("one/x.png")) == Path("one/x.mien.jpg")
    assert write_copy(Path("two/x.png")) == Path("two/x.mien.jpg")


def test_a_picture_spelled_in_any_way_has_one_copy(folder):
    (folder / "link").symlink_to("one")
    first = write_copy(Path("one/x.png"), Path("out"))
    for path in (folder / "one" / "x.png", Path("two/../one/x.png"), Path("link/x.png")):
        assert write_copy(path, folder / "out").resolve() == first.resolve()
    assert list(Path("out").iterdir()) == [Path("out/x.mien.jpg")]


def test_a_folder_spelled_in_two_ways_is_one(folder):
    first = write_copy(Path("party.jpg"))
    second = write_copy(folder / "party.png")
    assert (first.name, second.name) == ("party.mien.jpg", "party-2.mien.jpg")


def test_folders_may_be_moved_together(folder):
    write_copy(Path("one/x.png"))
    Path("one").rename("three")
    assert write_copy(Path("three/x.png")) == Path("three/x.mien.jpg")


@pytest.mark.parametrize("content", [b"", b"mine", b"\xff\xd8\xff\xe0 a photo"])
def test_a_file_of_that_name_stays(content):
    Path("party.mien.jpg").write_bytes(content)
    assert write_copy(Path("party.jpg")) == Path("party-2.mien.jpg")
    assert Path("party.mien.jpg").read_bytes() == content


def test_neither_a_folder_nor_a_link_is_replaced():
    Path("party.mien.jpg").mkdir()
    Path("party-2.mien.jpg").symlink_to("nowhere.jpg")
    assert write_copy(Path("party.jpg")) == Path("party-3.mien.jpg")
    assert not Path("nowhere.jpg").exists()


def test_different_pictures_of_standard_input_have_different_copies():
    first, second = StandardInput(b"one"), StandardInput(b"two")
    assert write_copy(first) == Path("stdin.mien.jpg")
    assert write_copy(second) == Path("stdin-2.mien.jpg")
    assert write_copy(StandardInput(b"one")) == Path("stdin.mien.jpg")


@pytest.mark.parametrize("letter", ["n", "ü", "😀"])
def test_a_name_as_long_as_can_be_leaves_room_for_endings(letter):
    stem = letter * (250 // len(letter.encode()))
    first, second = Path(f"one/{stem}.png"), Path(f"one/{stem[:-1]}.png")
    copies = [write_copy(source, Path("out")) for source in (first, second)]
    assert copies[0] == write_copy(first, Path("out")) != copies[1]
    assert copies[0].name.startswith(letter * 55)
    files = ClipNames(Path("out"), "facereader").files_of(ClipFile(Path(f"one/{stem}.mp4")))
    for path in (files.video, files.timeline, files.summary, files.table("facereader")):
        path.write_bytes(b"")
