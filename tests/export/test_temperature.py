import numpy as np
import pytest

from mien.evaluation.calibration import nll
from mien.export.temperature import fit_temperature
from mien.perception.classifier import softmax


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_a_known_temperature_is_recovered(temperature: float) -> None:
    random = np.random.default_rng(0)
    honest = random.normal(0, 2, (20_000, 7)).astype(np.float32)
    chances = softmax(honest).cumsum(axis=1)
    labels = (random.random((20_000, 1)) > chances).sum(axis=1).clip(0, 6).astype(np.int8)
    fitted = fit_temperature(honest * np.float32(temperature), labels)
    assert fitted == pytest.approx(temperature, rel=0.05)


def test_no_other_temperature_is_better() -> None:
    random = np.random.default_rng(1)
    logits = random.normal(0, 3, (500, 7)).astype(np.float32)
    guesses = random.integers(0, 7, 500)
    labels = np.where(random.random(500) < 0.6, logits.argmax(axis=1), guesses).astype(np.int8)
    best = fit_temperature(logits, labels)
    loss = nll(softmax(logits / np.float32(best)), labels)
    for other in (best * 0.9, best * 1.1):
        assert loss <= nll(softmax(logits / np.float32(other)), labels)
