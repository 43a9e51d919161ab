import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from mien.errors import PictureError, SettingsError
from mien.perception.pixels import open_picture, source_name


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


@pytest.fixture(scope="module")
def path(pixels, tmp_path_factory):
    path = tmp_path_factory.mktemp("pixels") / "party.png"
    Image.fromarray(pixels).save(path)
    return path


def test_every_kind_of_source_gives_the_same_pixels(pixels, path):
    with path.open("rb") as file:
        sources = [path, str(path), path.read_bytes(), bytearray(path.read_bytes()), file]
        sources += [io.BytesIO(path.read_bytes()), Image.fromarray(pixels), pixels]
        for source in sources:
            opened = open_picture(source)
            assert opened.dtype == np.uint8
            np.testing.assert_array_equal(opened, pixels)


def test_arrays_of_gray_and_with_opacity(pixels):
    gray = pixels[..., 0]
    for source in (gray, gray[..., None]):
        np.testing.assert_array_equal(open_picture(source), np.stack([gray] * 3, axis=2))
    clear = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    clear[0, 0, 3] = 0
    clear[0, 1] = (100, 200, 0, 51)
    opened = open_picture(clear)
    assert opened[0, 0].tolist() == [255, 255, 255]
    # a fifth of the colour on four fifths of white
    assert opened[0, 1].tolist() == [224, 244, 204]
    np.testing.assert_array_equal(opened[1:], pixels[1:])


def test_bgr_is_turned_for_arrays_alone(pixels, path):
    np.testing.assert_array_equal(open_picture(pixels[..., ::-1], "BGR"), pixels)
    bgra = np.dstack([pixels[..., ::-1], np.full(pixels.shape[:2], 255, np.uint8)])
    np.testing.assert_array_equal(open_picture(bgra, "BGR"), pixels)
    np.testing.assert_array_equal(open_picture(path, "BGR"), pixels)
    np.testing.assert_array_equal(open_picture(pixels[..., 0], "BGR")[..., 1], pixels[..., 0])
    with pytest.raises(SettingsError, match="channels RGB or BGR, got 'rgb'"):
        open_picture(pixels, "rgb")


def test_pillow_images_of_any_mode_are_upright(pixels):
    for mode in ("L", "P", "1", "RGBA", "CMYK", "I;16"):
        assert open_picture(Image.new(mode, (4, 3))).shape == (3, 4, 3)
    picture = Image.fromarray(pixels)
    picture.getexif()[0x0112] = 6  # to be turned by 90 degrees
    np.testing.assert_array_equal(open_picture(picture), np.rot90(pixels, -1))


@pytest.mark.parametrize(
    ("source", "got"),
    [
        (np.zeros((4, 4, 3)), r"got float64 \[4, 4, 3\]"),
        (np.zeros((4, 4, 2), np.uint8), r"got uint8 \[4, 4, 2\]"),
        (np.zeros((0, 4, 3), np.uint8), r"got uint8 \[0, 4, 3\]"),
        (np.zeros((1, 4, 4, 3), np.uint8), r"got uint8 \[1, 4, 4, 3\]"),
        (np.zeros(4, np.uint8), r"got uint8 \[4\]"),
        (None, "got None. cv2.imread returns None"),
        (17, "got int"),
        (io.StringIO("text"), "Expected bytes from <file>, got str"),
    ],
)
def test_other_sources_are_one_sentence(source, got):
    with pytest.raises(PictureError, match=got):
        open_picture(source)


@pytest.mark.parametrize(("source", "message"), [
    ("", "Expected the path of a picture, got an empty text"),
    (" ", "got an empty text"),
    ("https://a.com/b.jpg", r"is an address, .* Download the picture, and name the file\."),
    ("file:///b.jpg", r"Name the path without file://\."),
])  # fmt: skip
def test_what_names_no_file_is_said(source, message):
    with pytest.raises(PictureError, match=message):
        open_picture(source)


def test_a_file_is_read_from_where_it_stands_and_an_error_says_so(path, pixels):
    data = path.read_bytes()
    file = io.BytesIO(b"x" * 50 + data)
    file.seek(50)
    np.testing.assert_array_equal(open_picture(file), pixels)
    for start in (50, len(data)):
        file = io.BytesIO(data)
        file.seek(start)
        message = rf"read from byte {start} on, where the file stood\. Go .* file\.seek\(0\)"
        with pytest.raises(PictureError, match=message):
            open_picture(file)
    with pytest.raises(PictureError) as caught:
        open_picture(io.BytesIO(b"x" * 50))
    assert "seek" not in str(caught.value)


def test_the_limit_holds_for_arrays_and_pillow_images_too():
    for source in (np.zeros((10, 1000), np.uint8), Image.new("L", (1000, 10))):
        with pytest.raises(PictureError, match="1000 x 10 = 0.0 megapixels, over the limit"):
            open_picture(source, max_megapixels=0.001)


def test_sources_have_names(path):
    assert source_name(path) == source_name(str(path)) == str(path)
    with path.open("rb") as file:
        assert source_name(file) == str(path)
    with Image.open(path) as picture:
        assert source_name(picture) == str(path)
        assert open_picture(picture).shape == (5, 7, 3)
    assert source_name(Image.new("L", (1, 1))) == "<image>"
    assert source_name(b"") == "<bytes>"
    assert source_name(np.zeros(1)) == "<array>"
    assert source_name(io.BytesIO()) == "<file>"
    assert source_name(SimpleNamespace(read=None, name=3)) == "<file>"
    # A name that is not UTF-8 can be printed.
    assert source_name("a\udcff.jpg") == r"a\xff.jpg"
    assert source_name("a\udce9.jpg") != source_name("a\udce8.jpg")
    assert source_name("a\nb\x1b[31m é東.jpg") == r"a\nb\x1b[31m é東.jpg"
