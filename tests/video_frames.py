"""Makes faces and frames of a video as they come from a Reader."""

import numpy as np

from mien.classes import FER2013
from mien.perception.face import Face
from mien.perception.picture import Picture


def face(name="happy", p=0.9, *, vocabulary=FER2013, raw=None, **values):
    """A face that shows a class with a probability; the others share the rest evenly."""
    rest = (1 - p) / (len(vocabulary) - 1)
    probabilities = np.full(len(vocabulary), rest, np.float32)
    probabilities[vocabulary.index(name)] = p
    defaults = {
        "face_id": 0,
        "raw_probabilities": probabilities if raw is None else np.array(raw, np.float32),
        "shown": vocabulary.index(name),
    }
    landmarks = np.ones((5, 2), np.float32)
    box = values.pop("box", (10.0, 20.0, 30.0, 40.0))
    score = values.pop("score", 0.95)
    return Face(box, landmarks, probabilities, score, vocabulary, **(defaults | values))


def frame(time, *faces, marker=None, number=0, source="clip.mp4", vocabulary=FER2013):
    """A frame of a clip."""
    return Picture(
        source, 640, 360, faces, "mien-s", vocabulary, frame=number, time=time, marker=marker
    )
