import io

import numpy as np
import pytest
from PIL import Image

from mien import marks
from mien.drawing.sheet_files import to_png
from mien.errors import MienError, PictureError
from mien.files import write_jpeg
from mien.image import load
from mien.media.own_files import written_by_mien
from mien.media.sources import CameraInput, ClipFile, expand, list_sources
from mien.video import VideoWriter

COPY = b"\xff\xd8" + marks.COPY


@pytest.fixture
def folder(tmp_path):
    for name in ("b.jpg", "a.PNG", "Grüße 東京.jpeg", "notes.txt", ".hidden.jpg", "b.mien.jpg"):
        (tmp_path / name).write_bytes(COPY if "mien" in name else b"")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "c.jpg").write_bytes(b"")
    (tmp_path / "odd.jpg").mkdir()
    return tmp_path


def names(listing):
    return [path.name for path in listing.paths]


def test_folder_gives_its_pictures_by_name(folder):
    assert names(expand(folder)) == ["Grüße 東京.jpeg", "a.PNG", "b.jpg"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.jpg", ["b.jpg"]),
        ("*", ["Grüße 東京.jpeg", "a.PNG", "b.jpg"]),
        ("**/*.jpg", ["b.jpg", "c.jpg"]),
        ("**", ["Grüße 東京.jpeg", "a.PNG", "b.jpg", "c.jpg"]),
        ("**/c.*", ["c.jpg"]),
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
        assert expand(str(folder / name)).paths == [folder / name]


def test_folder_without_pictures_is_an_error(tmp_path):
    (tmp_path / "x.mien.jpg").write_bytes(COPY)
    with pytest.raises(PictureError, match=r"clips in the folder .* but there are none"):
        expand(tmp_path)


@pytest.mark.parametrize("pattern", ["*.jpg", "**.jpg", "[x", "none/*.png"])
def test_glob_without_match_is_an_error(tmp_path, pattern):
    with pytest.raises(PictureError, match="matches no picture"):
        expand(str(tmp_path / pattern))


def test_own_clips_are_known_by_their_comment(tmp_path):
    for name, comment in (("a.mp4", marks.COPY.decode() + "0"), ("b.mien.mp4", "Holidays")):
        with VideoWriter(tmp_path / name, width=32, height=32, comment=comment) as clip:
            for number in range(40):
                clip.add(np.full((32, 32, 3), 6 * number, np.uint8), number / 25)
    (tmp_path / "broken.mp4").write_bytes((tmp_path / "a.mp4").read_bytes()[:300])
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_bytes(marks.COPY)
    (tmp_path / "endless.mp4").write_bytes(bytes(4000))
    ours = {path.name for path in tmp_path.iterdir() if written_by_mien(path)}
    assert ours == {"a.mp4"}
    assert [path.name for path in expand(tmp_path).clips] == [
        "b.mien.mp4", "broken.mp4", "empty.mp4", "endless.mp4", "text.mp4"
    ]


def test_own_copies_are_known_by_their_comment_not_by_their_name(tmp_path):
    picture = np.zeros((40, 50, 3), np.uint8)
    write_jpeg(tmp_path / "party.mien.jpg", picture, comment=marks.COPY + b"0")
    write_jpeg(tmp_path / "renamed.jpg", picture, comment=marks.COPY + b"0")
    write_jpeg(tmp_path / "earlier.mien.jpg", picture)  # as the version before did
    Image.fromarray(picture).save(tmp_path / "users.mien.jpg", quality=95)
    Image.fromarray(picture).save(tmp_path / "users.mien.png")
    write_jpeg(tmp_path / "users.jpg", picture)
    ours = {path.name for path in tmp_path.iterdir() if written_by_mien(path)}
    assert ours == {"party.mien.jpg", "renamed.jpg", "earlier.mien.jpg"}
    assert names(expand(tmp_path)) == ["users.jpg", "users.mien.jpg", "users.mien.png"]


def test_standard_input_is_read_once(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"picture")))
    (_, first), (name, second) = list_sources(["-", "-"]).entries
    assert (first.getvalue(), name, second.problem) == (
        b"picture", "-", "Standard input can be read just once."
    )


def test_a_name_that_no_disk_has_room_for_is_taken_as_it_is(tmp_path):
    path = tmp_path / ("y" * 300 + ".jpg")
    assert expand(str(path)).paths == [path]
    with pytest.raises(PictureError, match="File name too long"):
        load(path)


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
    listing = list_sources(sources)
    first, second, third = listing.entries
    assert listing.notes == (
        f"{sources[2]} was left out, since mien wrote it; what mien wrote is read if it is the only"
        " source.",
    )
    assert first == (sources[0], folder / "b.jpg")
    assert (second[0], type(second[1])) == (sources[1], PictureError)
    assert third == (sources[3], folder / "a.PNG")
    # A single source is meant as it is.
    assert list_sources(sources[2:3]).entries == ((sources[2], folder / "b.mien.jpg"),)


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


def test_a_glob_of_two_stars_beside_letters_is_corrected(tmp_path):
    with pytest.raises(PictureError, match="matches no picture") as caught:
        expand(str(tmp_path / "**.jpg"))
    assert f"'{tmp_path}/**/*.jpg'" in caught.value.fix


JPEG = b"\xff\xd8\xff\xe0 and more"


def test_a_folder_says_which_pictures_it_left_out(folder):
    for name in ("r2.CR2", "r1.cr2", "old.psd"):
        (folder / name).write_bytes(b"")
    for name in ("IMG_1", "copy.jpg~"):
        (folder / name).write_bytes(JPEG)
    for name in ("clip.MOV", "notes.md"):
        (folder / name).write_bytes(b"words")
    (folder / ".hidden").write_bytes(JPEG)
    for source in (folder, folder / "*"):
        listing = list_sources([str(source)])
        assert names(listing) == ["Grüße 東京.jpeg", "a.PNG", "b.jpg"]
        errors = [str(entry) for _, entry in listing.entries if isinstance(entry, PictureError)]
        assert len(errors) == 3
        psd = f"1 picture in {source} was left out, since .psd files are not supported: old.psd."
        assert any(error.startswith(psd) for error in errors)
        assert any("2 pictures" in error and "r1.cr2, r2.CR2" in error for error in errors)
        assert any("IMG_1, copy.jpg~" in error and "file extension" in error for error in errors)
        assert listing.clips == [folder / "clip.MOV"]
        assert listing.notes == (
            f"{source}: left out 2 files, which are neither a picture nor a clip.",
        )


def test_a_folder_of_nothing_but_pictures_that_are_not_read_says_so(tmp_path):
    for number in range(30):
        (tmp_path / f"{number:02}.nef").write_bytes(b"")
    ((source, error),) = list_sources([str(tmp_path)]).entries
    assert source == str(tmp_path)
    assert "30 pictures" in str(error)
    assert "19.nef and 10 more." in str(error)


def test_a_folder_of_pictures_alone_has_no_note(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"")
    (tmp_path / ".DS_Store").write_bytes(b"")
    listing = list_sources([str(tmp_path)])
    assert (names(listing), listing.notes) == (["a.heic"], ())
    (tmp_path / "a.txt").write_bytes(b"")
    note = f"{tmp_path}: left out 1 file, which is neither a picture nor a clip."
    assert list_sources([str(tmp_path)]).notes == (note,)


def test_what_mien_wrote_about_pictures_is_not_counted_as_left_out(tmp_path):
    for name, text in {
        "faces.csv": "source,frame,time,face_id,success\n",
        "faces.json": '[\n  {"source": "a.jpg", "width": 1, "height": 1, "faces": []}\n]\n',
        "metadata.json": '{"program": "mien"}',
        "a.summary.json": '{"schema": "x", "excluded_seconds": 0, "faces": []}',
    }.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "a.jpg").write_bytes(JPEG)
    assert list_sources([str(tmp_path)]).notes == ()
    # What is not mien's is counted, whatever its name.
    (tmp_path / "metadata.json").write_text('{"program": "exiftool"}')
    (tmp_path / "ages.csv").write_text("name,age\n")
    (tmp_path / "empty.csv").write_text("")
    note = f"{tmp_path}: left out 3 files, which are neither a picture nor a clip."
    assert list_sources([str(tmp_path)]).notes == (note,)


# A source that is no photo, what is said of it, and what to do.
NO_PHOTOS = [
    ("https://example.com/a.jpg", "is an address", "Download the picture"),
    ("s3://bucket/photos", "is an address", "Download the picture"),
    ("file:///home/a.jpg", "is an address", "without file://"),
    ("0", "There is no file 0", "write camera:0"),
]


@pytest.mark.parametrize(("source", "problem", "fix"), NO_PHOTOS)
def test_what_is_no_photo_is_named_with_a_way(source, problem, fix, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MienError, match=problem) as caught:
        expand(source)
    assert fix in caught.value.fix
    assert isinstance(list_sources([source]).entries[0][1], MienError)


@pytest.mark.parametrize(
    ("source", "number"),
    [("camera", 0), ("camera:0", 0), ("Webcam:2", 2), ("camera:12", 12), ("/dev/video71", 71)],
)
def test_a_camera_is_recognised_by_its_name(source, number, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ((name, camera),) = list_sources([source]).entries
    assert (name, camera, str(camera)) == (source, CameraInput(number), f"camera:{number}")


def test_clips_and_photos_of_a_folder_come_in_the_order_of_their_names(tmp_path):
    for name in ("c.mp4", "a.MKV", "b.jpg", ".hidden.mp4"):
        (tmp_path / name).write_bytes(b"there")
    listing = list_sources([str(tmp_path)])
    assert [entry for _, entry in listing.entries] == [
        ClipFile(tmp_path / "a.MKV"), tmp_path / "b.jpg", ClipFile(tmp_path / "c.mp4")
    ]
    assert (listing.clips, listing.paths) == (
        [tmp_path / "a.MKV", tmp_path / "c.mp4"], [tmp_path / "b.jpg"]
    )
    assert listing.notes == ()
    assert list_sources([str(tmp_path / "*.mp4")]).clips == [tmp_path / "c.mp4"]


def test_a_clip_is_listed_once_however_often_it_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.mp4").write_bytes(b"")
    (tmp_path / "b.jpg").write_bytes(b"")
    listing = list_sources(["a.mp4", "b.jpg", ".", "./a.mp4", "b.jpg"])
    assert [str(entry) for _, entry in listing.entries] == ["a.mp4", "b.jpg", "b.jpg", "b.jpg"]
    assert listing.notes == ("a.mp4 is named 3 times, but read once.",)


def test_a_folder_of_nothing_but_what_mien_wrote_says_so(folder):
    (folder / "out").mkdir()
    (folder / "out" / "b.mien.jpg").write_bytes((folder / "b.mien.jpg").read_bytes())
    with pytest.raises(PictureError, match=r"but there are none except what mien wrote\."):
        expand(folder / "out")
    with pytest.raises(PictureError, match=r"and no clip except what mien wrote\."):
        expand(str(folder / "out/*.jpg"))


def test_a_clip_that_is_not_there_is_a_clip(tmp_path):
    assert expand(str(tmp_path / "no.mp4")).clips == [tmp_path / "no.mp4"]


def test_a_gif_is_a_clip_if_it_moves(tmp_path):
    frames = [Image.new("L", (20, 10), level) for level in (0, 200)]
    frames[0].save(tmp_path / "still.gif")
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    listing = list_sources([str(tmp_path)])
    assert (listing.clips, listing.paths) == (
        [tmp_path / "moving.gif"], [tmp_path / "still.gif"]
    )


def test_a_photo_may_have_a_cameras_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "0").write_bytes(JPEG)
    assert names(expand("0")) == ["0"]


def test_a_clip_on_standard_input_is_told_to_be_a_file(monkeypatch, tmp_path):
    with VideoWriter(tmp_path / "a.mp4", width=64, height=48) as clip:
        clip.add(np.zeros((48, 64, 3), np.uint8), 0.0)
    content = (tmp_path / "a.mp4").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    ((source, error),) = list_sources(["-"]).entries
    assert source == "-"
    assert str(error) == (
        "Expected a picture on standard input, got a clip, which has to be a file. Name the file in"
        " place of -, as with: mien detect clip.mp4."
    )


def test_a_picture_on_standard_input_is_not_taken_for_a_clip(monkeypatch):
    # A GIF whose bytes are G where an MPEG stream would have its first packets.
    content = b"GIF89a" + b"G" * 400
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    ((_, picture),) = list_sources(["-"]).entries
    assert picture.read() == content


def test_standard_input_is_a_picture(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(JPEG)))
    ((source, picture),) = list_sources(["-"]).entries
    assert (source, picture.name, picture.read()) == ("-", "<stdin>", JPEG)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_is_not_waited_for(monkeypatch, terminal):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdin", Terminal() if terminal else None)
    with pytest.raises(PictureError, match="nothing is piped into it"):
        expand("-")
