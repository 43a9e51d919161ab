"""Small data that a network can learn: each class has its own stripes."""

import numpy as np
import pytest

from mien.fer2013 import Samples


def striped(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 7
    waves = np.sin(np.arange(48)[None] * (labels[:, None] + 1) * 0.2)
    images = 128 + 60 * waves[:, :, None] + random.normal(0, 20, (count, 48, 48))
    return np.clip(images, 0, 255).astype(np.uint8), labels.astype(np.int8)


@pytest.fixture(scope="session")
def samples() -> Samples:
    train, test = striped(105, 0), striped(35, 1)
    return Samples(
        images=np.concatenate([train[0], test[0]]),
        labels=np.concatenate([train[1], test[1]]),
        splits=np.array(["train"] * 105 + ["public"] * 35),
        names=np.array([f"row {row}" for row in range(140)]),
        sha256="0" * 64,
    )
