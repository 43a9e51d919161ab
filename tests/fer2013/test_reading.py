from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mien import fer2013
from mien.errors import DataError
from mien.fer2013 import in_split, read, reading, records

Encode = Callable[..., bytes]
MakeZip = Callable[..., Path]


def test_public_names_are_there() -> None:
    assert all(hasattr(fer2013, name) for name in fer2013.__all__)


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
