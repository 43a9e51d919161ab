import io
import pickle
import runpy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mien
from mien.classes import Vocabulary
from mien.errors import NetError, PictureError, SettingsError
from mien.models.info import InputSpec
from mien.perception.classifier import Classifier
from mien.perception.reader import Reader


@pytest.fixture(scope="module")
def reader(net):
    return Reader(net)


def values(faces):
    return [(face.box, face.landmarks.tolist(), face.probabilities.tolist()) for face in faces]


def test_path_text_bytes_and_pixels_read_alike(reader, astronaut, tmp_path):
    path = tmp_path / "a b é.png"
    Image.fromarray(astronaut).save(path)
    expected = values(reader.read(astronaut))
    assert len(expected) == 1
    for source in (path, str(path), path.read_bytes()):
        assert values(reader.read(source)) == expected


def test_largest_face_comes_first(reader, pair):
    large, small = reader.read(pair)
    assert large.box[2] * large.box[3] > 3 * small.box[2] * small.box[3]
    assert large.box[0] < 512 < small.box[0]
    for face in (large, small):
        assert face.probabilities.shape == (7,)
        assert abs(face.probabilities.sum() - 1) < 1e-5


def test_faces_of_one_picture_are_one_batch(reader, pair, monkeypatch):
    sizes = []
    inner = reader._classifier.probabilities

    def counted(crops, batch):
        sizes.append(len(crops))
        return inner(crops, batch)

    monkeypatch.setattr(reader._classifier, "probabilities", counted)
    reader.read(pair)
    assert sizes == [2]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_gives_the_same_faces(reader, astronaut, orientation):
    turned = {
        1: astronaut,
        2: astronaut[:, ::-1],
        3: astronaut[::-1, ::-1],
        4: astronaut[::-1],
        5: astronaut.transpose(1, 0, 2),
        6: np.rot90(astronaut, 1),
        7: np.rot90(astronaut, 2).transpose(1, 0, 2),
        8: np.rot90(astronaut, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = io.BytesIO()
    Image.fromarray(turned).save(data, "PNG", exif=exif)
    assert values(reader.read(data.getvalue())) == values(reader.read(astronaut))


def test_jpeg_turned_by_exif(reader, astronaut):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = io.BytesIO()
    Image.fromarray(np.rot90(astronaut)).save(data, "JPEG", quality=95, exif=exif)
    (face,) = reader.read(data.getvalue())
    np.testing.assert_allclose(face.box, reader.read(astronaut)[0].box, atol=3)


def test_sure_follows_the_minimum_confidence(net, astronaut):
    confidence = Reader(net).read(astronaut)[0].confidence
    assert Reader(net, min_confidence=0.0).read(astronaut)[0].sure
    assert Reader(net, min_confidence=confidence - 1e-4).read(astronaut)[0].sure
    assert Reader(net, min_confidence=1.0).read(astronaut)[0].sure == (confidence == 1.0)


def test_sets_hold_the_likeliest_until_the_threshold(net, astronaut):
    (plain,) = Reader(net).read(astronaut)
    assert (plain.prediction_set, plain.coverage) == (None, None)
    (face,) = mien.detect(astronaut, net=net, coverage=0.9)
    assert face.coverage == 0.9
    # The test network's info says 0.8 for 0.9.
    order = np.argsort(-face.probabilities)
    before = np.concatenate([[0], face.probabilities[order].cumsum()[:-1]])
    assert [each.number for each in face.prediction_set] == order[before <= 0.8].tolist()
    assert face.prediction_set[0] == face.expression
    assert values([face]) == values([plain])


def test_a_face_can_be_read_with_flip_tta(net, astronaut):
    (face,) = mien.detect(astronaut, net=net, flip_tta=True)
    once, both = Classifier(net), Classifier(net, flip_tta=True)
    np.testing.assert_array_equal(face.probabilities, both.probabilities(face.crop[None])[0])
    assert not np.allclose(face.probabilities, once.probabilities(face.crop[None])[0], atol=1e-4)


def test_one_pixel_has_no_face(reader):
    assert list(reader.read(np.zeros((1, 1, 3), np.uint8))) == []


def test_as_many_faces_as_the_limit_are_read_and_one_more_is_not(net, astronaut):
    two = np.concatenate([astronaut, astronaut], axis=1)
    assert len(Reader(net, max_faces=2).read(two)) == 2
    assert len(Reader(net, max_faces=1).read(astronaut)) == 1
    with pytest.raises(PictureError, match="shows 2 faces, over the limit of 1") as caught:
        Reader(net, max_faces=1).read(two)
    assert caught.value.setting == "max_faces"


def test_the_limit_of_bytes_is_the_readers(net, tmp_path):
    path = tmp_path / "a.png"
    Image.new("1", (100, 100)).save(path)
    Reader(net).read(path)
    with pytest.raises(PictureError, match="MB, over the limit of 1e-05"):
        Reader(net, max_megabytes=1e-5).read(path)


def test_limit_is_the_readers(net):
    data = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(data, "PNG")
    with pytest.raises(PictureError, match="over the limit of 64"):
        Reader(net).read(data.getvalue())
    with pytest.raises(PictureError, match="over the limit of 0.1"):
        Reader(net, max_megapixels=0.1).read(data.getvalue())


def test_threads_share_a_reader(reader, astronaut, pair):
    pictures = [astronaut, pair] * 6
    alone = [values(reader.read(picture)) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        assert [values(faces) for faces in pool.map(reader.read, pictures)] == alone


def test_detect_is_a_reader_of_one_picture(net, reader, astronaut):
    assert values(mien.detect(astronaut, net=net)) == values(reader.read(astronaut))


def test_wrong_options_are_named(net):
    with pytest.raises(SettingsError, match="min_confidence from 0 to 1, got 70"):
        Reader(net, min_confidence=70)
    with pytest.raises(SettingsError, match=r"coverage of 90\. Use one of 0\.80, 0\.90\."):
        Reader(net, coverage=90)
    with pytest.raises(SettingsError, match="test-time augmentation, for which no network has"):
        Reader(net, coverage=0.9, flip_tta=True)
    with pytest.raises(NetError, match="no network 'nonesuch'"):
        Reader("nonesuch")


def test_pixels_are_kept_only_if_asked_for(reader, astronaut):
    assert reader.read(astronaut).image is None
    np.testing.assert_array_equal(reader.read(astronaut, keep_image=True).image, astronaut)


def test_opencvs_order_of_colours_is_asked_for(reader, astronaut):
    bgr = np.ascontiguousarray(astronaut[..., ::-1])
    assert values(reader.read(bgr, "BGR")) == values(reader.read(astronaut))
    assert values(reader.read(bgr)) != values(reader.read(astronaut))


def test_a_pickled_reader_reads_the_same(net, astronaut):
    reader = Reader(net, min_confidence=0.99, coverage=0.9)
    copy = pickle.loads(pickle.dumps(reader))
    assert copy.read(astronaut).to_dict() == reader.read(astronaut).to_dict()
    flipped = pickle.loads(pickle.dumps(Reader(net, flip_tta=True, max_megapixels=1)))
    assert (flipped.name, flipped.max_megapixels) == ("tiny with flip TTA", 1)
    limited = pickle.loads(pickle.dumps(Reader(net, max_megabytes=3, max_faces=7)))
    assert (limited.max_megabytes, limited.max_faces) == (3, 7)


def test_a_network_of_own_classes_reads_colour_crops_of_its_size(astronaut, tmp_path):
    nets = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))
    classes = Vocabulary.named(["awake", "tired"], emoji={"tired": "🐌"})
    spec = InputSpec(112, 96, "RGB")
    path = nets["make_net"](tmp_path / "own.onnx", spec=spec, classes=classes)
    reader = Reader(path, coverage=0.8)
    (face,) = reader.read(astronaut)
    assert face.crop.shape == (112, 96, 3)
    assert face.probabilities.shape == (2,)
    assert face.expression in ("awake", "tired")
    assert {one.emoji for one in classes} == {"🙂", "🐌"}
    assert reader.vocabulary == classes
    assert not reader.explains


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_megapixels": float("nan")}, "max_megapixels from 0 up, and above 0, got nan"),
        ({"max_megapixels": -1}, "max_megapixels from 0 up, and above 0, got -1"),
        ({"max_megabytes": 0}, "max_megabytes from 0 up, and above 0, got 0"),
        ({"max_faces": 0}, "max_faces from 1 up, got 0"),
        ({"threads": 0}, "threads from 1 up, got 0"),
        ({"threads": -2}, "threads from 1 up, got -2"),
        ({"min_confidence": "a"}, "min_confidence"),
        ({"min_score": 0}, "min_score from 0 to 1, and above 0, got 0"),
        ({"min_face": float("inf")}, "min_face from 1 up, got inf"),
        ({"coverage": "a"}, "coverage"),
        ({"net": 3}, "net"),
    ],
)
def test_wrong_values_are_a_sentence(net, options, message):
    with pytest.raises(SettingsError, match=message):
        Reader(**{"net": net, **options})


def test_a_turned_photo_is_read_as_the_upright_one(reader, astronaut):
    (upright,) = reader.read(astronaut)
    for quarters, angle in ((1, 90), (2, 180), (3, -90)):
        (face,) = reader.read(np.ascontiguousarray(np.rot90(astronaut, -quarters)))
        assert face.angle == angle
        np.testing.assert_allclose(
            face.crop.astype(float), upright.crop.astype(float), atol=40
        )
        assert abs(face.crop.astype(float) - upright.crop).mean() < 6


def test_the_smallest_face_and_score_are_the_readers(net, astronaut):
    assert len(Reader(net, min_face=200).read(astronaut)) == 0
    copy = pickle.loads(pickle.dumps(Reader(net, min_face=120, min_score=0.5)))
    assert (copy.min_face, copy.min_score, len(copy.read(astronaut))) == (120, 0.5, 0)


def test_the_answer_to_labels_alone_is_read_if_asked_for(astronaut):
    mixed, alone = Reader(), Reader(labels="fer2013")
    assert (mixed.info.labels, mixed.name) == ("mixed", "mien-s")
    assert alone.name == "mien-s (fer2013 labels)"
    one, other = mixed.read(astronaut)[0], alone.read(astronaut)[0]
    assert one.expression == other.expression
    assert not np.array_equal(one.probabilities, other.probabilities)
    again = pickle.loads(pickle.dumps(alone)).read(astronaut)[0]
    np.testing.assert_array_equal(again.probabilities, other.probabilities)
    with pytest.raises(SettingsError, match="labels"):
        Reader(labels="ferplus")
