from pathlib import Path

from mien.media.copies import CopyNames


def test_a_name_is_not_used_for_two_pictures():
    names = CopyNames(Path("out"))
    sources = ["one/x.png", "two/x.png", "two/x.bmp", "one/x.png"]
    assert [names.copy_of(Path(source)) for source in sources] == [
        Path("out/x.mien.jpg"),
        Path("out/x-2.mien.jpg"),
        Path("out/x-3.mien.jpg"),
        Path("out/x.mien.jpg"),
    ]


def test_copies_go_beside_their_pictures():
    names = CopyNames()
    assert names.copy_of(Path("one/x.png")) == Path("one/x.mien.jpg")
    assert names.copy_of(Path("two/x.png")) == Path("two/x.mien.jpg")
