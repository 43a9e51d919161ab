import pytest

from mien import marks
from mien.media import own_files
from mien.media.own_files import head_of, holds_results, marked_part, written_by_mien


def box(kind, content, *, large=False):
    """A box of an MP4: its size, kind and content."""
    if large:
        return (1).to_bytes(4, "big") + kind + (len(content) + 16).to_bytes(8, "big") + content
    return (len(content) + 8).to_bytes(4, "big") + kind + content


MARKED = box(b"moov", bytes(9000) + marks.COPY + b"0123")


@pytest.mark.parametrize(
    ("content", "ours"),
    [
        (box(b"ftyp", b"isom") + MARKED + box(b"mdat", bytes(99)), True),
        (box(b"ftyp", b"isom") + box(b"mdat", bytes(99_999)) + MARKED, True),
        (box(b"mdat", bytes(5000), large=True) + MARKED, True),
        # In the pixels, at the beginning of a long header, or in a header that is cut off.
        (box(b"mdat", marks.COPY) + box(b"moov", bytes(99)), False),
        (box(b"moov", marks.COPY + bytes(9000)), False),
        (MARKED[:8000], False),
        (box(b"free", b"") * 100 + MARKED, False),
        (bytes(100) + MARKED, False),
        (b"", False),
    ],
)  # fmt: skip
def test_a_clip_has_its_mark_at_the_end_of_its_header(tmp_path, content, ours):
    path = tmp_path / "clip.MP4"
    path.write_bytes(content)
    assert written_by_mien(path) == ours


@pytest.mark.parametrize(
    ("name", "content", "ours"),
    [
        ("a.jpg", b"\xff\xd8" + marks.COPY, True),
        ("a.jpg", b"\xff\xd8" + bytes(1024) + marks.COPY, False),
        ("a.png", b"\x89PNG" + "\0".join(marks.TIMELINE).encode(), True),
        ("a.png", b"\x89PNG" + "\0".join(marks.SHEET).encode(), True),
        ("a.png", b"\x89PNG" + marks.COPY, False),
        ("a.gif", b"GIF89a" + marks.COPY, False),
    ],
)  # fmt: skip
def test_a_picture_has_its_mark_near_its_beginning(tmp_path, name, content, ours):
    path = tmp_path / name
    path.write_bytes(content)
    assert written_by_mien(path) == ours
    assert marked_part(path) == content[:1024]


def test_what_cannot_be_read_has_no_mark(tmp_path):
    (tmp_path / "folder.mp4").mkdir()
    for name in ("folder.mp4", "none.mp4", "none.jpg", "a\0b.png"):
        assert not written_by_mien(tmp_path / name)
        assert head_of(tmp_path / name, 9) == b""


@pytest.mark.parametrize(
    ("name", "text", "ours"),
    [
        ("a.json", '[\n  {"source": "a.jpg", "error": "x"}\n]', True),
        ("a.json", '[{"name": "a.jpg"}]', False),
        ("a.json", '{"coco": [', False),
        ("a.json", "", False),
        ("a.csv", "source,frame,time,face_id,success,x\n", True),
        ("a.csv", "image,label\n", False),
        ("a.parquet", "PAR1", False),
        ("metadata.json", '{"program": "mien"}', True),
        ("metadata.json", "{", False),
        ("a.txt", "source,frame,time,face_id,success,x\n", False),
        ("a.openface.csv", "frame, face_id, timestamp, confidence, success, p_happy\n", True),
        ("a.openface.csv", "frame, face_id, timestamp, confidence, success, AU01_r\n", False),
        ("openface.csv", "frame, face_id, timestamp, confidence, success, p_happy\n", False),
    ],
)
@pytest.mark.parametrize("small", [True, False])
def test_tables_are_told_by_what_is_in_them(tmp_path, monkeypatch, name, text, ours, small):
    monkeypatch.setattr(own_files, "_SMALL", 1000 if small else 0)
    path = tmp_path / name
    path.write_text(text)
    assert holds_results(path) == ours
