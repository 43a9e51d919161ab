import numpy as np
import pytest
from PIL import Image

from mien.drawing.sheet_files import to_png
from mien.errors import PictureError
from mien.media.sources import expand, list_pictures, written_by_mien


@pytest.fixture
def folder(tmp_path):
    for name in ("b.jpg", "a.PNG", "Grüße 東京.jpeg", "notes.txt", ".hidden.jpg", "b.mien.jpg"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "c.jpg").write_bytes(b"")
    (tmp_path / "odd.jpg").mkdir()
    return tmp_path


def names(paths):
    return [path.name for path in paths]


def test_folder_gives_its_pictures_by_name(folder):
    assert names(expand(folder)) == ["Grüße 東京.jpeg", "a.PNG", "b.jpg"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.jpg", ["b.jpg"]),
        ("*", ["Grüße 東京.jpeg", "a.PNG", "b.jpg"]),
        ("**/*.jpg", ["b.jpg", "c.jpg"]),
        ("?.jpg", ["b.jpg"]),
        ("[ab].*", ["a.PNG", "b.jpg"]),
    ],
)
def test_glob_that_the_shell_left_is_expanded(folder, pattern, expected, monkeypatch):
    assert names(expand(str(folder / pattern))) == expected
    monkeypatch.chdir(folder)
    assert names(expand(pattern)) == expected


def test_file_is_taken_as_it_is(folder):
    # a name with a glob's signs, a text, our own output, and a file that is not there
    (folder / "party [1].jpg").write_bytes(b"")
    for name in ("party [1].jpg", "notes.txt", "b.mien.jpg", "none.jpg"):
        assert expand(str(folder / name)) == [folder / name]


def test_folder_without_pictures_is_an_error(tmp_path):
    (tmp_path / "x.mien.jpg").write_bytes(b"")
    with pytest.raises(PictureError, match=r"pictures in the folder .* but there are none"):
        expand(tmp_path)


@pytest.mark.parametrize("pattern", ["*.jpg", "**.jpg", "[x", "none/*.png"])
def test_glob_without_match_is_an_error(tmp_path, pattern):
    with pytest.raises(PictureError, match="matches no picture"):
        expand(str(tmp_path / pattern))


def test_own_outputs_are_known_by_name(tmp_path):
    assert written_by_mien(tmp_path / "party.mien.jpg")
    assert written_by_mien(tmp_path / "party.mien.png")
    assert not written_by_mien(tmp_path / "mien.jpg")


def test_contact_sheets_are_known_by_their_mark(folder):
    sheet = np.zeros((4, 4, 3), np.uint8)
    (folder / "sheet.png").write_bytes(to_png(sheet))
    (folder / "renamed.PNG").write_bytes(to_png(sheet))
    Image.fromarray(sheet).save(folder / "photo.png")
    assert written_by_mien(folder / "sheet.png")
    assert not written_by_mien(folder / "photo.png")
    assert not written_by_mien(folder / "none.png")
    assert names(expand(folder)) == ["Grüße 東京.jpeg", "a.PNG", "b.jpg", "photo.png"]


def test_several_sources_are_listed_with_their_errors_in_order(folder):
    (folder / "void").mkdir()
    sources = [str(folder / name) for name in ("b.jpg", "void", "b.mien.jpg", "*.PNG")]
    first, second, third = list_pictures(sources)
    assert first == (sources[0], folder / "b.jpg")
    assert (second[0], type(second[1])) == (sources[1], PictureError)
    assert third == (sources[3], folder / "a.PNG")
    # A single source is meant as it is.
    assert list(list_pictures(sources[2:3])) == [(sources[2], folder / "b.mien.jpg")]


def test_globs_do_not_enter_hidden_folders_unless_they_name_them(folder, monkeypatch):
    (folder / ".thumbnails").mkdir()
    (folder / ".thumbnails" / "small.jpg").write_bytes(b"")
    assert names(expand(str(folder / "**/*.jpg"))) == ["b.jpg", "c.jpg"]
    assert names(expand(str(folder / ".thumbnails" / "*.jpg"))) == ["small.jpg"]
    monkeypatch.chdir(folder)
    assert names(expand("**/*.jpg")) == ["b.jpg", "c.jpg"]


@pytest.mark.parametrize("source", ["", "  "])
def test_an_empty_name_is_refused(source):
    with pytest.raises(PictureError, match="is empty"):
        expand(source)
