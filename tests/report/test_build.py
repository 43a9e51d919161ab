"""The report as a library function."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.classes import Vocabulary
from mien.data import Samples, read
from mien.errors import DataError, SettingsError
from mien.evaluation.predictions import Predictions, write_predictions
from mien.evaluation.results import Scores
from mien.evaluation.scores import score
from mien.models.info import InputSpec
from mien.report import report


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of colour pictures in classes of its own."""
    random = np.random.default_rng(0)
    for name in ("awake", "tired"):
        folder = tmp_path / "faces" / name
        folder.mkdir(parents=True)
        for number in range(4):
            pixels = random.integers(0, 256, (40, 40, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}.png")
    return tmp_path / "faces"


def measured(samples: Samples, folder: Path) -> Path:
    """Write scores and predictions of a network that calls everything awake."""
    probabilities = np.tile(np.array([[0.8, 0.2]], np.float32), (len(samples), 1))
    predictions = Predictions.of("sleepy", probabilities, samples)
    write_predictions(folder / "sleepy.parquet", predictions)
    base = score(probabilities, samples.labels, samples.vocabulary)
    file = folder / "sleepy.json"
    file.write_text(Scores.of(base, "sleepy", predictions="sleepy.parquet").to_json())
    return file


def test_the_gallery_reads_the_data_as_the_network_saw_it(tree: Path, tmp_path: Path) -> None:
    samples = read(tree, spec=InputSpec(32, 24, "RGB"))
    page = report(measured(samples, tmp_path), data=tree)
    assert page.title == "How well sleepy reads faces"
    assert page.notes == ()
    assert page.html.count("data:image/png") == 4
    assert "tired → <b>awake</b>" in page.html
    assert page.networks[0].classes.names == ("awake", "tired")
    page.write(tmp_path / "new" / "page.html")
    assert (tmp_path / "new" / "page.html").read_text("utf-8") == page.html


def test_samples_in_memory_will_do(tree: Path, tmp_path: Path) -> None:
    samples = read(tree)
    page = report([str(measured(samples, tmp_path))], data=samples, title="A & B")
    assert page.html.count("data:image/png") == 4
    assert "<h1>A &amp; B</h1>" in page.html


def test_results_alone_make_a_page_without_a_command(tree: Path) -> None:
    samples = read(tree)
    probabilities = np.eye(2, dtype=np.float32)[samples.labels]
    scores = Scores.of(score(probabilities, samples.labels, samples.vocabulary), "sleepy")
    page = report(scores, data=samples)
    assert page.notes == ("No network has predictions, so no faces of the data are shown.",)
    assert "Made by mien" in page.html
    assert "mien report sleepy" not in page.html.split("<footer")[1]
    assert "It makes no mistakes." in page.html


def test_nothing_to_report_on_is_refused() -> None:
    with pytest.raises(SettingsError, match="nothing to report on"):
        report([])


def test_two_names_do_not_mix() -> None:
    vocabulary = Vocabulary.named(("awake", "tired"))
    labels = np.array([0, 1, 1], np.int8)
    base = score(np.eye(2, dtype=np.float32)[labels], labels, vocabulary)
    page = report([Scores.of(base, "one"), Scores.of(base, "two")])
    assert page.title == "How well 2 networks read faces"
    assert [network.name for network in page.networks] == ["one", "two"]


def test_data_that_is_not_there_is_refused_even_if_no_face_of_it_is_shown(tree: Path) -> None:
    samples = read(tree)
    probabilities = np.eye(2, dtype=np.float32)[samples.labels]
    scores = Scores.of(score(probabilities, samples.labels, samples.vocabulary), "sleepy")
    with pytest.raises(DataError, match="Expected a data set at nowhere, found nothing there"):
        report(scores, data="nowhere")
