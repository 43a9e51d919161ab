import numpy as np

from mien.classes import Expression
from mien.perception.face import Face


def test_face_says_its_most_probable_expression():
    chances = np.array([0.1, 0, 0, 0.7, 0.2, 0, 0], np.float32)
    face = Face((1.04, 2, 3, 4), np.zeros((5, 2), np.float32), chances)
    assert face.expression is Expression.happy
    assert round(face.confidence, 6) == 0.7
    assert face.to_dict() == {
        "box": [1.0, 2.0, 3.0, 4.0],
        "expression": "happy",
        "confidence": 0.7,
        "sure": True,
        "probabilities": {
            "angry": 0.1, "disgust": 0.0, "fear": 0.0, "happy": 0.7, "sad": 0.2,
            "surprise": 0.0, "neutral": 0.0,
        },
        "landmarks": [[0.0, 0.0]] * 5,
        "track": None,
    }


def test_a_set_is_in_the_json_only_where_it_was_asked_for():
    chances = np.array([0.1, 0, 0, 0.7, 0.2, 0, 0], np.float32)
    bare = Face((1, 2, 3, 4), np.zeros((5, 2), np.float32), chances)
    assert (bare.expressions, bare.coverage) == (None, None)
    both = (Expression.happy, Expression.sad)
    asked = Face(bare.box, bare.landmarks, chances, expressions=both, coverage=0.9)
    assert asked.to_dict() == bare.to_dict() | {"set": ["happy", "sad"], "coverage": 0.9}
