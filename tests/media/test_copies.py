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


def test_a_folder_spelled_in_two_ways_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    copies = CopyNames()
    first = copies.copy_of(Path("party.jpg"))
    second = copies.copy_of(tmp_path / "party.png")
    assert first.absolute() != second
    assert second.name == "party-2.mien.jpg"
