import numpy as np
import pytest

from mien.errors import PictureError
from mien.perception.reader import Reader


@pytest.fixture(scope="module")
def reader(net):
    return Reader(net)


def test_the_steps_together_are_read(reader, pair):
    image = reader.open(pair)
    detections = reader.find(image)
    crops = reader.crop(image, detections)
    faces = reader.assemble(detections, crops, reader.classify(crops))
    picture = reader.picture(pair, image, faces)
    whole = reader.read(pair)
    assert faces == whole.faces
    assert [face.face_id for face in faces] == [0, 1]
    assert [face.score for face in faces] == [found.score for found in detections]
    assert picture.to_dict() == whole.to_dict()
    assert (picture.source, picture.width, picture.height) == ("<array>", 800, 512)
    assert picture.network == "tiny"


def test_steps_take_no_face(reader):
    image = np.zeros((40, 30, 3), np.uint8)
    crops = reader.crop(image, reader.find(image))
    assert crops.shape == (0, 48, 48)
    assert reader.classify(crops).shape == (0, 7)
    assert reader.assemble([], crops, reader.classify(crops)) == ()


def test_parts_of_different_faces_are_refused(reader, astronaut):
    detections = reader.find(astronaut)
    crops = reader.crop(astronaut, detections)
    with pytest.raises(PictureError, match="of the same faces, got 1, 1 and 0 of them"):
        reader.assemble(detections, crops, np.zeros((0, 7), np.float32))
