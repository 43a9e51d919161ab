"""Reading data sets, and bringing pictures to an input's size."""

import importlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien import data as faces
from mien.data import read, records
from mien.data.read import to_face
from mien.errors import DataError
from mien.models.info import InputSpec

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

    def changing(image, spec):
        path.write_bytes(path.read_bytes() + b"more")
        return original(image, spec)

    monkeypatch.setattr(reading, "to_face", changing)
    with pytest.raises(DataError, match="faces.zip changed while it was read"):
        read(path, cache=tmp_path / "own")
    assert [file for file in (tmp_path / "own").rglob("*") if file.is_file()] == []


def test_a_disk_that_fails(
    make_zip: MakeZip, encode: Encode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = make_zip({"sad/1.png": encode(1)})

    def failing(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("zipfile.ZipFile", failing)
    with pytest.raises(DataError, match="Cannot read .*faces.zip: Input/output error"):
        read(path, cache=tmp_path / "own")
    with pytest.raises(DataError, match="Cannot read .*faces.zip: Input/output error"):
        list(records(path))


def reference_face(gray: np.ndarray) -> np.ndarray:
    """Bring a picture to 48x48 as the first version did, written out."""
    height, width = gray.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = cv2.copyMakeBorder(
        gray, top, side - height - top, left, side - width - left, cv2.BORDER_REPLICATE
    )
    how = cv2.INTER_AREA if side > 48 else cv2.INTER_CUBIC
    return cv2.resize(square, (48, 48), interpolation=how)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 130), st.integers(1, 130), st.integers(0, 99))
def test_48_x_48_gray_stays_as_it_was(height: int, width: int, seed: int) -> None:
    gray = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    assert (to_face(gray) == reference_face(gray)).all()


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 130), st.integers(1, 130), st.integers(16, 120), st.integers(16, 120),
    st.sampled_from(["gray", "RGB"]),
)  # fmt: skip
def test_any_picture_fits_any_input(
    height: int, width: int, high: int, wide: int, colour: str
) -> None:
    spec = InputSpec(high, wide, colour)
    values = (200, 100, 50)[: spec.channels]
    image = np.full((height, width, spec.channels), values, np.uint8)
    image = image if colour == "RGB" else image[:, :, 0]
    face = to_face(image, spec)
    assert face.shape == spec.crop_shape
    assert (face.reshape(-1, spec.channels) == values).all()


def test_a_wide_input_fills_up_the_sides() -> None:
    square = np.zeros((40, 40, 3), np.uint8)
    square[:, 0], square[:, -1] = (255, 0, 0), (0, 0, 255)
    face = to_face(square, InputSpec(40, 80, "RGB"))
    assert (face[:, :21] == (255, 0, 0)).all()
    assert (face[:, 21:59] == 0).all()
    assert (face[:, 59:] == (0, 0, 255)).all()


def test_reading_in_colour_and_at_another_size(make_zip: MakeZip, encode: Encode) -> None:
    red = np.zeros((30, 20, 3), np.uint8)
    red[..., 0] = 200
    path = make_zip({"happy/1.png": encode(red), "sad/2.png": encode(7, size=(112, 112))})
    for _ in range(2):  # read, then from the cache
        colour = read(path, spec=InputSpec(112, 112, "RGB"))
        assert colour.images.shape == (2, 112, 112, 3)
        assert (colour.images[0] == (200, 0, 0)).all()
        assert (colour.images[1] == 7).all()
        # The luma of red, 0.299 * 200.
        assert set(np.unique(read(path).images[0])) == {60}
        assert read(path, spec=InputSpec(64, 32)).images.shape == (2, 64, 32)


def test_a_table_is_brought_to_other_inputs(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"emotion,pixels\n1,{' '.join(['9'] * 2304)}\n")
    samples = read(path, spec=InputSpec(96, 96, "RGB"))
    assert samples.images.shape == (1, 96, 96, 3)
    assert (samples.images == 9).all()


def test_a_table_of_old_line_ends_grows_the_array(tmp_path: Path) -> None:
    # No line feed tells how many rows there are.
    rows = [f"{row % 7},{' '.join([str(row)] * 2304)}" for row in range(9)]
    path = tmp_path / "a.csv"
    path.write_bytes("\r".join(["emotion,pixels", *rows]).encode())
    assert read(path).images[:, 0, 0].tolist() == list(range(9))


def test_more_faces_than_memory(
    make_zip: MakeZip, encode: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_zip({"sad/1.png": encode(1)})

    def full(shape, dtype):
        if shape[0]:
            raise MemoryError
        return np.zeros(shape, dtype)

    monkeypatch.setattr(reading.np, "empty", full)
    with pytest.raises(DataError, match="2 faces of 224 x 224 RGB do not fit into memory"):
        read(path, spec=InputSpec(224, 224, "RGB"))
