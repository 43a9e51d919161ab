import dataclasses

import numpy as np
import pytest

from mien.data import Samples
from mien.evaluation.evaluate import score_crops


def test_twins_are_left_out_and_conflicts_counted(samples: Samples) -> None:
    test, training = samples.split("public"), samples.split("train")
    # The first three faces are in the training data too, one of them as another class.
    images, labels = training.images.copy(), training.labels.copy()
    images[:3], labels[:3] = test.images[:3], test.labels[:3]
    labels[1] = 6
    against = dataclasses.replace(training, images=images, labels=labels)
    probabilities = np.eye(7, dtype=np.float32)[test.labels]
    probabilities[3] = np.roll(probabilities[3], 1)
    scores = score_crops("net", probabilities, test, against)
    assert (scores["n"], scores["n_unique"], scores["conflicts"]) == (35, 32, 1)
    assert scores["accuracy"] == pytest.approx(34 / 35)
    assert scores["accuracy_unique"] == pytest.approx(31 / 32)
    assert scores["unique"]["accuracy"] == scores["accuracy_unique"]
    assert scores["unique"]["interval"]["accuracy"] == scores["interval"]["accuracy_unique"]
    assert set(scores["unique"]) == set(score_crops("net", probabilities, test)) - {"net"}


def test_every_face_may_be_a_twin(samples: Samples) -> None:
    test = samples.split("public")
    scores = score_crops("net", np.eye(7, dtype=np.float32)[test.labels], test, test)
    assert (scores["n_unique"], scores["accuracy_unique"], scores["unique"]) == (0, None, None)
    assert scores["conflicts"] == 0
    assert "accuracy_unique" not in scores["interval"]
