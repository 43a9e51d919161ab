import numpy as np
import pytest

from mien.classes import FER2013
from mien.errors import MissingExtraError, PictureError
from mien.perception import table_columns
from mien.perception.face import Face
from mien.perception.picture import Failure, Picture

CHANCES = np.array([0.05, 0, 0, 0.9, 0, 0.05, 0], np.float32)
FACE = Face((10.26, 20, 30, 40), np.ones((5, 2), np.float32), CHANCES, 0.8, FER2013)


def make_picture(*faces, source="a & b.jpg", **more):
    return Picture(source, 100, 80, faces, "mien-s", FER2013, **more)


def test_a_picture_is_a_sequence_of_its_faces():
    picture = make_picture(FACE, FACE)
    assert (len(picture), picture[0], list(picture)) == (2, FACE, [FACE, FACE])
    assert picture[:1] == (FACE,)
    assert not make_picture()


def test_repr_is_one_line():
    assert repr(make_picture(FACE)) == "Picture('a & b.jpg', 100 x 80: happy 90%)"
    assert repr(make_picture()) == "Picture('a & b.jpg', 100 x 80: no face)"


def test_json_of_a_picture_and_of_a_failure():
    assert make_picture(FACE).to_dict() == {
        "source": "a & b.jpg",
        "width": 100,
        "height": 80,
        "network": "mien-s",
        "faces": [FACE.to_dict()],
    }
    failure = Failure("x.jpg", PictureError("It is cut off.", "Get it again."))
    assert failure.to_dict() == {
        "source": "x.jpg",
        "error": "It is cut off. Get it again.",
        "code": "picture",
    }


def test_a_frame_has_its_place_and_time():
    frame = make_picture(FACE, source="clip.mp4", frame=3, time=0.125, marker="film")
    assert repr(frame) == "Picture('clip.mp4', frame 3, 100 x 80: happy 90%)"
    assert list(frame.to_dict().items())[:4] == [
        ("source", "clip.mp4"), ("frame", 3), ("time", 0.125), ("marker", "film"),
    ]
    assert frame != make_picture(FACE, source="clip.mp4", frame=4, time=0.125, marker="film")
    assert frame != make_picture(FACE, source="clip.mp4", frame=3, time=0.125)


def test_html_lists_the_faces():
    text = make_picture(FACE)._repr_html_()
    assert "a &amp; b.jpg (100 x 80): 1 face" in text
    assert text.count("<tr>") == 2
    assert "<table>" not in make_picture()._repr_html_()


@pytest.mark.parametrize("coverage", [None, 0.9])
def test_arrow_and_pandas_have_the_tables_columns(coverage):
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")
    names = list(table_columns.Table(FER2013, coverage is not None).names)
    for picture, success in ((make_picture(FACE, FACE), 1), (make_picture(), 0)):
        picture = make_picture(*picture, coverage=coverage)
        arrow, frame = picture.to_arrow(), picture.to_pandas()
        assert arrow.column_names == list(frame.columns) == names
        assert arrow.num_rows == len(frame) == max(1, len(picture))
        assert arrow["success"].to_pylist() == list(frame["success"]) == [success] * len(frame)
        assert arrow["p_happy"][0].as_py() == (0.9 if success else None)
    # The types do not depend on what a picture holds.
    assert make_picture(FACE).to_arrow().schema == make_picture().to_arrow().schema


def test_without_pandas_it_is_one_sentence(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(table_columns.importlib, "import_module", missing)
    with pytest.raises(MissingExtraError, match="pip install pandas"):
        make_picture(FACE).to_pandas()
    with pytest.raises(MissingExtraError, match="pip install pyarrow"):
        make_picture(FACE).to_arrow()


def test_pictures_are_equal_if_source_moment_size_and_faces_are():
    assert make_picture(FACE) == make_picture(FACE)
    assert len({make_picture(FACE), make_picture(FACE)}) == 1
    assert make_picture(FACE) != make_picture()
    assert make_picture(FACE) != make_picture(FACE, source="c.jpg")
    assert make_picture() != "a & b.jpg"
