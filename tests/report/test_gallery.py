"""The most confident mistakes, and the faces they are shown by."""

import base64
import dataclasses
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

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
        assert np.array_equal(face, public.images[row])
    assert [float(sure) for sure in re.findall(r"<figcaption>.*?value=\"([\d.]+)\"", html)] == (
        pytest.approx([0.9, 0.7, 0.5], abs=1e-6)
    )
    assert html.count("angry → <b>sad</b>") == 3
    assert "Of the <data value=\"3\">3</data> faces that were read wrong" in html


def test_other_data_are_refused(predictions: Predictions, samples: Samples) -> None:
    with pytest.raises(DataError, match="35 of the 35 faces that a was measured on are not in"):
        find_faces(predictions, samples.split("train"), DATA)
    renamed = dataclasses.replace(samples, images=np.roll(samples.images, 1, axis=0))
    with pytest.raises(DataError, match="35 faces differ between data.zip and what a was"):
        find_faces(predictions, renamed, DATA)
