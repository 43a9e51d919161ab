"""What holds for every shipped network."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from mien.errors import NetError
from mien.perception.classifier import Classifier
from mien.weights import DEFAULT, names, onnx_path, read_card


def test_the_default_is_shipped() -> None:
    assert DEFAULT in names()


@pytest.mark.parametrize("name", names())
def test_a_card_is_that_of_its_file(name: str) -> None:
    card = read_card(name)
    assert card.name == name
    assert hashlib.sha256(onnx_path(name).read_bytes()).hexdigest() == card.sha256


@pytest.mark.parametrize("name", names())
def test_a_card_states_scores_with_their_doubt(name: str) -> None:
    scores = read_card(name).scores["public"]
    low, high = scores["interval"]["accuracy"]
    assert low < scores["accuracy"] < high
    assert scores["accuracy_unique"] < 1
    assert scores["n_unique"] < scores["n"] == 3589


@pytest.mark.parametrize("name", names())
def test_a_network_answers_for_any_number_of_faces(name: str) -> None:
    faces = np.random.default_rng(0).integers(0, 256, (65, 48, 48), dtype=np.uint8)
    classifier = Classifier(name)
    together = classifier.probabilities(faces)
    assert together.sum(axis=1) == pytest.approx(np.ones(65), abs=1e-5)
    assert classifier.probabilities(faces[:1]) == pytest.approx(together[:1], abs=1e-5)
    assert classifier.probabilities(faces[:0]).shape == (0, 7)


def test_an_unknown_network_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(NetError, match=f"'nonet'.*{DEFAULT}"):
        onnx_path("nonet")
    with pytest.raises(NetError, match="no network"):
        onnx_path(tmp_path / "missing.onnx")
