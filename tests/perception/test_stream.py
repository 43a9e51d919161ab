import itertools
import threading

import numpy as np
import pytest

from mien.errors import PictureError, SettingsError
from mien.perception import stream
from mien.perception.picture import Failure, Picture
from mien.perception.reader import Reader


@pytest.fixture(scope="module")
def reader(net):
    return Reader(net, coverage=0.9)


@pytest.fixture(scope="module")
def face(astronaut):
    return np.ascontiguousarray(astronaut[40:240, 120:320])


def agree(one, other):
    """Whether two results are the same, except for rounding of probabilities."""
    assert (one.source, one.width, one.height) == (other.source, other.width, other.height)
    assert len(one) == len(other)
    for first, second in zip(one, other, strict=True):
        assert (first.box, first.score, first.face_id) == (
            second.box, second.score, second.face_id,
        )
        assert first.expression == second.expression
        assert first.prediction_set == second.prediction_set
        np.testing.assert_array_equal(first.crop, second.crop)
        np.testing.assert_allclose(first.probabilities, second.probabilities, atol=1e-6)


@pytest.mark.parametrize(("workers", "batch"), [(1, 1), (2, 3), (3, 64), (None, 64)])
def test_the_results_are_those_of_read_in_order(reader, face, workers, batch):
    pair = np.hstack([face, face[:, ::-1]])
    bare = np.zeros((30, 20, 3), np.uint8)
    sources = [face, bare, pair, face[::2, ::2], bare, face] * 4
    results = list(reader.read_many(sources, workers=workers, batch=batch))
    assert len(results) == len(sources)
    for source, result in zip(sources, results, strict=True):
        agree(result, reader.read(source))


def test_failures_are_values_in_their_place(reader, face, tmp_path):
    (tmp_path / "text.jpg").write_text("not a picture")
    sources = [face, tmp_path / "text.jpg", b"", tmp_path / "none.jpg", face, 17]
    results = list(reader.read_many(sources, workers=2))
    kinds = [Picture, Failure, Failure, Failure, Picture, Failure]
    assert [type(result) for result in results] == kinds
    assert results[1].source == str(tmp_path / "text.jpg")
    assert [results[place].source for place in (2, 5)] == ["<bytes>", "<image>"]
    assert isinstance(results[3].error, PictureError)
    assert list(reader.read_many([b"", b""]))[1].error.code == "picture"


def test_nothing_gives_nothing(reader):
    assert list(reader.read_many([])) == []


def test_faces_of_several_pictures_are_one_batch(reader, face, monkeypatch):
    sizes = []
    classify = reader.classify

    def counted(crops, batch=64):
        sizes.append(len(crops))
        return classify(crops, batch)

    monkeypatch.setattr(reader, "classify", counted)
    bare = np.zeros((30, 20, 3), np.uint8)
    list(reader.read_many([face, bare, face] * 8, workers=2, batch=6))
    assert sizes == [6, 6, 4]
    sizes.clear()
    list(reader.read_many([bare] * 3))
    assert sizes == []


def test_an_endless_source_is_read_only_a_little_ahead(reader):
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield np.zeros((8, 8, 3), np.uint8)

    results = reader.read_many(endless(), workers=2)
    for given in range(1, 200):
        next(results)
        # One pool being handed out, one being searched.
        assert taken <= given + 2 * 2 * stream._POOL
    results.close()
    assert taken <= 199 + 2 * 2 * stream._POOL


def test_closing_stops_the_threads(reader, face):
    def running():
        return [one for one in threading.enumerate() if one.name.startswith("mien-read")]

    assert not running()
    results = reader.read_many(itertools.repeat(face), workers=2)
    next(results)
    assert running()
    results.close()
    assert not running()
    assert list(results) == []


def test_an_error_of_the_sources_themselves_goes_to_the_caller(reader, face):
    def broken():
        yield face
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(reader.read_many(broken(), workers=2))
    assert not [one for one in threading.enumerate() if one.name.startswith("mien-read")]


def test_pixels_are_kept_only_if_asked_for(reader, face):
    (result,) = reader.read_many([face], keep_images=True)
    np.testing.assert_array_equal(result.image, face)
    (result,) = reader.read_many([face[..., ::-1]], channels="BGR")
    assert result.image is None
    agree(result, reader.read(face))


def test_wrong_options_are_named_at_once(reader):
    for options in ({"workers": 0}, {"batch": 0}):
        with pytest.raises(SettingsError, match="at least one worker and one face a batch"):
            reader.read_many([], **options)


def test_a_single_picture_and_unknown_channels_are_refused_at_once(reader, face):
    with pytest.raises(SettingsError):
        reader.read_many("photo.jpg")
    with pytest.raises(SettingsError, match="Expected channels RGB or BGR, got 'GBR'"):
        reader.read_many([face], channels="GBR")
