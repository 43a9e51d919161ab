"""Faces of classes that are not FER-2013's."""

import numpy as np
import pytest

from mien.classes import Vocabulary
from mien.data import Samples

AWAKE = Vocabulary.named(["awake", "tired", "yawning"])


@pytest.fixture(scope="session")
def awake() -> Samples:
    """30 RGB faces of 32 x 32 of each of three classes, told apart by colour; no splits."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 30)
    images = random.integers(0, 100, (90, 32, 32, 3))
    images[np.arange(90), :, :, labels] += 100
    return Samples(
        images=images.astype(np.uint8),
        labels=labels.astype(np.int8),
        splits=np.array(["all"] * 90),
        names=np.array([f"{AWAKE.names[label]}/{row}.png" for row, label in enumerate(labels)]),
        sha256="a" * 64,
        vocabulary=AWAKE,
    )
