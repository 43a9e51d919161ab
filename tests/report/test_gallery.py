"""The most confident mistakes, and the faces they are shown by."""

import base64
import dataclasses
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from mien.classes import Vocabulary
from mien.data import Samples
from mien.errors import DataError
from mien.evaluation.predictions import Predictions
from mien.report.gallery import find_faces, gallery, mistakes

DATA = Path("data.zip")


@pytest.fixture
def public(samples: Samples) -> Samples:
    return samples.split("public")


@pytest.fixture
def predictions(public: Samples) -> Predictions:
    """All right but three angry faces: rows 0, 7 and 14 are said to be sad, 0.5, 0.9 and 0.7."""
    probabilities = np.full((35, 7), 0.01, np.float32)
    probabilities[np.arange(35), public.labels] = 0.94
    for row, sure in ((0, 0.5), (7, 0.9), (14, 0.7)):
        probabilities[row] = (1 - sure) / 6
        probabilities[row, 4] = sure
    return Predictions.of("a", probabilities, public)


def test_the_surest_come_first(predictions: Predictions) -> None:
    assert mistakes(predictions, 0) == [7, 14, 0]
    assert mistakes(predictions, 0, most=1) == [7]
    assert mistakes(predictions, 4) == []


def test_faces_are_found_by_name_in_any_order(predictions: Predictions, samples: Samples) -> None:
    mixed = samples[np.random.default_rng(0).permutation(len(samples))]
    faces = find_faces(predictions, mixed, DATA)
    assert np.array_equal(faces, samples.split("public").images)


def test_the_gallery_shows_the_very_pixels(predictions: Predictions, public: Samples) -> None:
    html = gallery(predictions, public.images)
    encoded = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    shown = [
        cv2.imdecode(np.frombuffer(base64.b64decode(each), np.uint8), cv2.IMREAD_GRAYSCALE)
        for each in encoded
    ]
    assert len(shown) == 3
    for face, row in zip(shown, (7, 14, 0), strict=True):
        assert face is not None
        assert np.array_equal(face, public.images[row])
    assert [float(sure) for sure in re.findall(r"<figcaption>.*?value=\"([\d.]+)\"", html)] == (
        pytest.approx([0.9, 0.7, 0.5], abs=1e-6)
    )
    assert html.count("angry → <b>sad</b>") == 3
    assert "Of <data value=\"3\">3</data> wrong predictions" in html


def test_faces_may_be_in_colour_and_of_other_classes() -> None:
    vocabulary = Vocabulary.named(("awake", "tired <b>"))
    random = np.random.default_rng(0)
    faces = Samples(
        images=random.integers(0, 256, (4, 32, 24, 3), np.uint8),
        labels=np.array([0, 0, 1, 1], np.int8),
        splits=np.array(["all"] * 4),
        names=np.array([f"{row}.png" for row in range(4)]),
        sha256="0" * 64,
        vocabulary=vocabulary,
    )
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]], np.float32)
    predictions = Predictions.of("a", probabilities, faces)
    html = gallery(predictions, find_faces(predictions, faces, DATA))
    assert "awake → <b>tired &lt;b&gt;</b>" in html
    assert "tired &lt;b&gt; → <b>awake</b>" in html
    assert html.count("data:image/png") == 2


def test_other_data_are_refused(predictions: Predictions, samples: Samples) -> None:
    with pytest.raises(DataError, match="predictions names 35 faces that the data does not have"):
        find_faces(predictions, samples.split("train"), DATA)
    renamed = dataclasses.replace(samples, images=np.roll(samples.images, 1, axis=0))
    with pytest.raises(DataError, match="35 faces in data.zip differ from those that a was"):
        find_faces(predictions, renamed, DATA)
