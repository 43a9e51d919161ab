import dataclasses
from pathlib import Path

import numpy as np
import pytest

from mien.errors import DataError
from mien.evaluation.matching import match
from mien.evaluation.predictions import Predictions
from mien.fer2013 import Samples

PATH = Path("said.parquet")


@pytest.fixture
def kept(samples: Samples) -> Predictions:
    random = np.random.default_rng(0).dirichlet(np.ones(7), len(samples)).astype(np.float32)
    return Predictions.of("lobonet", random, samples)


def test_rows_come_back_in_the_order_of_the_data(samples: Samples, kept: Predictions) -> None:
    order = np.random.default_rng(1).permutation(len(samples))
    assert (match(PATH, kept, samples[order]) == kept.probabilities[order]).all()


def some(kept: Predictions, rows: object) -> Predictions:
    fields = ("names", "splits", "labels", "probabilities", "pixels")
    return dataclasses.replace(kept, **{name: getattr(kept, name)[rows] for name in fields})


def test_other_faces_are_refused(samples: Samples, kept: Predictions) -> None:
    with pytest.raises(
        DataError,
        match="Expected the 140 faces of the data in said.parquet, found 137: row 137 is in only"
        " one of the two, as are 2 more",
    ):
        match(PATH, some(kept, slice(137)), samples)
    with pytest.raises(DataError, match="holds a name twice"):
        match(PATH, some(kept, np.r_[0, :140]), samples)
    labels = kept.labels.copy()
    labels[[3, 5]] = 0
    with pytest.raises(DataError, match="other labels for 2 of 140 faces, one of them row 3"):
        match(PATH, dataclasses.replace(kept, labels=labels), samples)
    pixels = kept.pixels.copy()
    pixels[7] = "0" * 32
    with pytest.raises(DataError, match="other pixels for 1 of 140 faces, one of them row 7"):
        match(PATH, dataclasses.replace(kept, pixels=pixels), samples)


@pytest.mark.parametrize("row", [[0.5] * 7, [1.5, -0.5, 0, 0, 0, 0, 0]])
def test_what_is_no_probability(samples: Samples, kept: Predictions, row: list[float]) -> None:
    wrong = kept.probabilities.copy()
    wrong[2] = row
    with pytest.raises(DataError, match="probabilities that sum to 1"):
        match(PATH, dataclasses.replace(kept, probabilities=wrong), samples)
