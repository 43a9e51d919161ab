import numpy as np
import pytest

from mien.evaluation.votes import vote_scores

# What ten taggers said, the data's label, what the network says
FACES = [
    ([10, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0, 0),  # agreed angry
    ([0, 0, 0, 8, 0, 0, 2, 0, 0, 0], 3, 6),  # agreed happy, read as neutral
    ([0, 0, 0, 9, 0, 0, 1, 0, 0, 0], 6, 3),  # agreed happy, labelled neutral
    ([0, 0, 4, 0, 3, 3, 0, 0, 0, 0], 2, 4),  # fear by plurality only
    ([5, 0, 0, 0, 5, 0, 0, 0, 0, 0], 0, 0),  # a tie
    ([4, 0, 0, 0, 0, 0, 0, 4, 2, 0], 0, 0),  # a tie with contempt
    ([0, 0, 0, 0, 0, 0, 1, 9, 0, 0], 6, 6),  # contempt
    ([0, 0, 0, 0, 0, 0, 0, 0, 0, 10], 6, 6),  # no face
]


def test_votes_done_by_hand() -> None:
    votes, labels, said = (np.array(column) for column in zip(*FACES, strict=True))
    found = vote_scores(np.eye(7, dtype=np.float32)[said], labels.astype(np.int8), votes)
    assert (found.n, found.ties, found.elsewhere) == (4, 2, 2)
    assert (found.accuracy, found.label_accuracy) == (2 / 4, 3 / 4)
    agreed = found.agreed
    assert (agreed.votes, agreed.n) == (8, 3)
    assert (agreed.accuracy, agreed.label_accuracy) == (2 / 3, 2 / 3)
    assert agreed.interval.accuracy == pytest.approx((0.2077, 0.9385), abs=1e-4)


def test_no_face_to_agree_on() -> None:
    votes = np.array([[5, 5, 0, 0, 0, 0, 0, 0, 0, 0]])
    found = vote_scores(np.eye(7, dtype=np.float32)[[0]], np.array([0], np.int8), votes)
    assert (found.n, found.accuracy, found.agreed.label_accuracy) == (0, None, None)
