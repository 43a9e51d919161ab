import numpy as np
import pytest

from mien.perception.detector import Detection
from mien.perception.doubts import DARK, SMALL, doubt_about
from mien.perception.reader import Reader

CLEAR = np.tile(np.array([[0, 255], [255, 0]], np.uint8), (24, 24))


def detection(side=40.0, doubt=None):
    return Detection((0, 0, side, side), np.zeros((5, 2), np.float32), 0.9, doubt=doubt)


@pytest.mark.parametrize(
    ("side", "contrast", "turned", "expected"),
    [
        (40, 1, None, None),
        (SMALL, 1, None, None),
        (SMALL - 0.1, 1, None, "small"),
        (40, (DARK - 0.6) / 127.5, None, "dark"),
        (40, (DARK + 0.6) / 127.5, None, None),
        (40, 1, "turned", "turned"),
    ],
)
def test_doubts(side, contrast, turned, expected):
    crop = np.rint(CLEAR * contrast).astype(np.uint8)
    assert doubt_about(detection(side, turned), crop) == expected
    assert doubt_about(detection(side, turned), np.stack([crop] * 3, axis=2)) == expected


def test_a_doubtful_face_is_never_sure(net, astronaut):
    reader = Reader(net, min_face=1)
    crops = np.stack([CLEAR, CLEAR])
    probabilities = np.tile(np.eye(7, dtype=np.float32)[0], (2, 1))
    clear, small = reader.assemble([detection(), detection(12)], crops, probabilities)
    assert (clear.sure, clear.doubt) == (True, None)
    assert (small.sure, small.doubt) == (False, "small")
    assert small.to_dict()["doubt"] == "small"
