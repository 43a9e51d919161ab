import base64
import copy
import io
import pickle
import re

import numpy as np
from PIL import Image

from mien.classes import FER2013, Vocabulary
from mien.perception.face import Face

CHANCES = np.array([0.1, 0, 0, 0.7, 0.2, 0, 0], np.float32)


def make_face(chances=CHANCES, vocabulary=FER2013, box=(1.04, 2, 3, 4), **more):
    landmarks = np.zeros((5, 2), np.float32)
    return Face(box, landmarks, np.asarray(chances, np.float32), 0.91234, vocabulary, **more)


def test_face_says_its_most_probable_expression():
    face = make_face()
    assert face.expression == FER2013["happy"] == "happy"
    assert face.expression.emoji == "😄"
    assert round(face.confidence, 6) == 0.7
    assert face.to_dict() == {
        "box": [1.0, 2.0, 3.0, 4.0],
        "score": 0.9123,
        "expression": "happy",
        "confidence": 0.7,
        "sure": True,
        "angle": 0.0,
        "doubt": None,
        "probabilities": {
            "angry": 0.1, "disgust": 0.0, "fear": 0.0, "happy": 0.7, "sad": 0.2,
            "surprise": 0.0, "neutral": 0.0,
        },
        "landmarks": [[0.0, 0.0]] * 5,
    }


def test_a_prediction_set_is_in_the_json_only_if_it_was_asked_for():
    bare = make_face()
    assert (bare.prediction_set, bare.coverage) == (None, None)
    both = (FER2013["happy"], FER2013["sad"])
    asked = make_face(prediction_set=both, coverage=0.9)
    assert asked.to_dict() == bare.to_dict() | {
        "prediction_set": ["happy", "sad"], "coverage": 0.9,
    }


def test_in_a_video_the_shown_expression_need_not_be_the_most_probable():
    raw = np.array([0, 0, 0, 0.2, 0.8, 0, 0], np.float32)
    face = make_face([0, 0, 0, 0.4, 0.6, 0, 0], shown=3, face_id=2, raw_probabilities=raw)
    assert (face.expression, round(face.confidence, 6)) == ("happy", 0.4)
    json = face.to_dict()
    assert (json["expression"], json["confidence"], json["face_id"]) == ("happy", 0.4, 2)
    assert (json["probabilities"]["sad"], json["raw_probabilities"]["sad"]) == (0.6, 0.8)


def test_own_classes_are_named_by_their_vocabulary():
    face = make_face([0.25, 0.75], Vocabulary.named(["awake", "tired"]))
    assert (face.expression, face.expression.emoji) == ("tired", "😪")
    assert face.to_dict()["probabilities"] == {"awake": 0.25, "tired": 0.75}


def test_repr_is_one_line():
    box = (225.2, 75.6, 91, 118.4)
    assert repr(make_face(box=box)) == "Face(happy 70%, box=(225, 76, 91, 118))"
    assert repr(make_face(box=box, sure=False)) == "Face(happy? 70%, box=(225, 76, 91, 118))"


def test_html_has_the_crop_the_emoji_and_escaped_names():
    crop = np.arange(48 * 48, dtype=np.uint8).reshape(48, 48)
    text = make_face([1, 0], Vocabulary.named(["<b>", "x"]), crop=crop)._repr_html_()
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    assert "100%" in text
    data = re.search('src="data:image/png;base64,([^"]+)"', text).group(1)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))), crop)
    assert "<img" not in make_face()._repr_html_()


def test_faces_are_equal_by_content():
    crop = np.arange(48 * 48, dtype=np.uint8).reshape(48, 48)
    face = make_face(crop=crop)
    for other in (copy.deepcopy(face), pickle.loads(pickle.dumps(face))):
        assert face == other
        assert hash(face) == hash(other)
        assert [face].index(other) == 0
    changed = crop.copy()
    changed[0, 0] += 1
    different = [
        make_face(), make_face(crop=changed), make_face(crop=crop, sure=False),
        make_face(CHANCES[::-1], crop=crop), make_face(box=(2, 2, 3, 4), crop=crop), "happy", None,
    ]  # fmt: skip
    assert all(face != other for other in different)
    assert len({face, copy.deepcopy(face), *different}) == 8


def test_a_face_survives_pickling():
    again = pickle.loads(pickle.dumps(make_face(prediction_set=(FER2013["sad"],), coverage=0.8)))
    assert again.to_dict() == make_face(prediction_set=(FER2013["sad"],), coverage=0.8).to_dict()
