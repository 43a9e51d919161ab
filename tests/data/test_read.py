""" """

import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien import data as faces
from mien.data import in_split, read, records
from mien.data.read import to_face
from mien.errors import DataError

# The package has a function of the same name.
reading = importlib.import_module("mien.data.read")


def test_face_of_the_right_size_is_untouched() -> None:
    face = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    assert to_face(face) is face


def test_short_side_is_filled_up_with_its_edges() -> None:
    wide = np.zeros((48, 96), np.uint8)
    wide[0], wide[-1] = 200, 100
    face = to_face(wide)
    # 24 rows above and below the picture become 12 each.
    assert face.shape == (48, 48)
    assert (face[:12] == 200).all()
    assert (face[36:] == 100).all()
    assert (face[13:35] == 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 130), st.integers(1, 130), st.integers(0, 255))
def test_a_flat_picture_of_any_size_stays_flat(height: int, width: int, value: int) -> None:
    assert (to_face(np.full((height, width), value, np.uint8)) == value).all()


Encode = Callable[..., bytes]
MakeZip = Callable[..., Path]


def test_public_names_are_there() -> None:
    assert all(hasattr(faces, name) for name in faces.__all__)


def test_records_keep_size_and_colour(make_zip: MakeZip, encode: Encode) -> None:
    red = np.zeros((30, 20, 3), np.uint8)
    red[..., 0] = 200
    path = make_zip({"happy/1.png": encode(red)})
    (record,) = records(path)
    assert (record.name, record.label, record.split) == ("happy/1.png", 3, "all")
    assert record.data == encode(red)
    assert (record.picture() == red).all()
    assert record.gray().shape == (30, 20)
    assert read(path).images.shape == (1, 48, 48)


def test_records_of_a_table_hold_pixels(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"emotion,pixels\n1,{' '.join(['9'] * 2304)}\n")
    (record,) = records(path)
    assert record.picture().shape == (48, 48, 3)
    assert (record.picture() == 9).all()
    assert (record.gray() == 9).all()


def test_in_split(make_zip: MakeZip, encode: Encode) -> None:
    path = make_zip(
        {f"{name}_1.png": encode(1) for name in ("sad/Training", "sad/PublicTest", "sad/x")}
    )
    found = list(records(path))
    assert [each.name for each in in_split(found, "train")] == ["sad/Training_1.png"]
    assert [each.name for each in in_split(found, "test")] == ["sad/PublicTest_1.png"]
    assert len(in_split(found, "all")) == 3
    with pytest.raises(DataError, match="no split 'private'; it has all, public, train"):
        in_split(found, "private")
    with pytest.raises(DataError, match="There is no split 'dev'"):
        in_split(found, "dev")


@pytest.mark.parametrize(("progress", "shown"), [(True, True), (False, False), (None, False)])
def test_progress_goes_to_stderr(
    make_zip: MakeZip,
    encode: Encode,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    progress: bool | None,
    shown: bool,
) -> None:
    read(make_zip({"sad/1.png": encode(1)}), cache=tmp_path / "own", progress=progress)
    out, err = capsys.readouterr()
    assert out == ""
    assert ("Reading faces" in err) is shown


def test_a_file_that_changes_while_it_is_read(
    make_zip: MakeZip, encode: Encode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_zip({"sad/1.png": encode(1)})
    original = reading.to_face

    def changing(gray):
        path.write_bytes(path.read_bytes() + b"more")
        return original(gray)

    monkeypatch.setattr(reading, "to_face", changing)
    with pytest.raises(DataError, match="faces.zip changed while it was read"):
        read(path, cache=tmp_path / "own")
    assert [file for file in (tmp_path / "own").rglob("*") if file.is_file()] == []


def test_a_disk_that_fails(
    make_zip: MakeZip, encode: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_zip({"sad/1.png": encode(1)})

    def failing(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("zipfile.ZipFile", failing)
    with pytest.raises(DataError, match="Cannot read .*faces.zip: Input/output error"):
        read(path)
    with pytest.raises(DataError, match="Cannot read .*faces.zip: Input/output error"):
        list(records(path))
