"""Pages of rare cases: no face detected, different faces, too much, classes of one's own."""

import dataclasses
import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mien.classes import FER2013, Vocabulary
from mien.errors import SettingsError
from mien.evaluation import score
from mien.evaluation.results import Scores
from mien.report import LARGEST, NetworkResults, TrainingRun, write_page
from mien.report.contents import missing
from mien.training.record import RunRecord, TrainedOn

html_check = runpy.run_path(str(Path(__file__).parents[1] / "html_check.py"))
check_page, commands = html_check["check_page"], html_check["commands"]


def scored(net: str, faces: int = 70, missed: int = 0, **more: Any) -> NetworkResults:
    random = np.random.default_rng(0)
    labels = (np.arange(faces) % 7).astype(np.int8)
    probabilities = random.dirichlet(np.ones(7), faces).astype(np.float32)
    lost = np.zeros(missed, np.int8)
    return NetworkResults(net, Scores.of(score(probabilities, labels, FER2013, lost), net, **more))


def page(*networks: NetworkResults) -> str:
    text = write_page(networks, {}, "Title", "mien report a.json")
    check_page(text)
    return text


def test_faces_that_were_not_found_are_counted() -> None:
    text = page(scored("a", missed=3))
    assert "not found" in text
    assert '<data value="3">3</data> of them were not found' in text


def test_without_a_detected_face_there_is_no_confidence_to_show() -> None:
    text = page(scored("a", faces=0, missed=5))
    assert "<h3>Confusion</h3>" in text
    for title in ("Reliability", "Risk and coverage"):
        assert f"<h3>{title}</h3>" not in text
        assert title in text.split("Not on this page")[1]
    assert "nan" not in text


def test_networks_on_other_faces_are_not_compared() -> None:
    warning = "The networks were measured on different faces"
    assert warning in page(scored("a"), scored("b", faces=77))
    assert warning not in page(scored("a"), scored("b"))
    one, same, other, unknown = (
        scored(name, data_sha256=data)
        for name, data in (("a", "1" * 64), ("b", "1" * 64), ("c", "2" * 64), ("d", None))
    )
    assert warning in page(one, other)
    assert warning not in page(one, same, unknown)


def test_faces_that_were_left_out_are_counted() -> None:
    excluded = {"file": "a<b.csv", "n": 1200, "reasons": {"near_duplicate": 1100, "blank": 120}}
    text = re.sub("<[^>]+>", "", page(scored("a", excluded=excluded)))
    assert (
        "1,200 faces of the split were left out, as a&lt;b.csv lists them (near duplicate 1,100,"
        " blank 120; a face may have several reasons)."
    ) in text


def test_optimistic_splits_are_marked() -> None:
    assert "slightly optimistic" in page(scored("a", split="public"))
    assert "slightly optimistic" in page(scored("a", split="validation"))
    assert "nothing about new ones" in page(scored("a", split="train"))
    assert "optimistic" not in page(scored("a", split="private"))


def test_training_faces_among_the_scored_ones_are_counted() -> None:
    text = page(scored("a", split="all", trained_on=61))
    assert "<strong>61 of these 70 faces were trained on" in text
    text = page(scored("a", split="train", trained_on=70))
    assert "<strong>All 70 faces were trained on" in text
    assert "were trained on" not in page(scored("a", split="private", trained_on=0))


def test_a_page_that_is_too_large_is_refused() -> None:
    long = "a" * (LARGEST // 10)
    with pytest.raises(SettingsError, match=r"A page of 1 network would have .* MB, more than 5"):
        page(scored(long))


def test_classes_of_one_s_own_fill_every_section() -> None:
    vocabulary = Vocabulary.named(("awake", "tired", "<yawning>"))
    labels = (np.arange(30) % 3).astype(np.int8)
    probabilities = np.random.default_rng(0).dirichlet(np.ones(3), 30).astype(np.float32)
    scores = Scores.of(score(probabilities, labels, vocabulary), "sleepy", split="validation")
    text = page(NetworkResults("sleepy", scores))
    for name in ("angry", "neutral", "PublicTest", "FER", "seven", "<yawning>"):
        assert name not in text
    assert "&lt;yawning&gt;" in text
    assert "mean F1 of the 3 classes" in text
    # FER+ votes for FER-2013's classes only.
    assert "Human votes" not in text
    assert "Human votes" in page(scored("a"))


def test_parts_that_one_command_adds_are_named_together() -> None:
    text = page(scored("a", faces=0, missed=5)).split("Not on this page")[1]
    assert "<li>Reliability, Risk and coverage:<br><code>mien evaluate DATA " in text
    # One command each for these two, sets, votes, groups, corruptions, duplicates and a threshold.
    lines = commands(text)
    assert sum(line.endswith(" --json a-scores.json") for line in lines) == 7
    assert "Made by mien" in text
    assert lines[-1] == "mien report a.json"


def test_a_network_with_flip_tta_is_measured_so_again() -> None:
    lines = commands(page(scored("lobonet with flip TTA")).split("Not on this page")[1])
    assert any(line.startswith("mien evaluate DATA --net lobonet --flip-tta --") for line in lines)
    assert not any("with flip TTA.onnx" in line for line in lines)


def test_a_run_alone_says_how_it_is_measured() -> None:
    text = page(NetworkResults("a (run)", run=TrainingRun("a b", (), None, {}), note="A <note>."))
    assert "<p>A &lt;note&gt;.</p>" in text
    steps = text.split("<ol>")[1].split("</ol>")[0]
    # The name of an export has no spaces.
    assert commands(steps)[:2] == [
        "mien export RUN --name a-b",
        "mien evaluate DATA --net a-b.onnx --json a-b-scores.json",
    ]
    assert "Not on this page" not in text


def test_a_runs_own_folder_and_data_are_in_its_commands() -> None:
    folder, faces = Path("runs/lobonet"), Path("faces.zip")
    run = TrainingRun("lobonet", (), None, {}, path=folder, data=faces)
    steps = page(NetworkResults("lobonet", run=run)).split("<ol>")[1].split("</ol>")[0]
    assert commands(steps) == [
        "mien export runs/lobonet --name lobonet",
        "mien evaluate faces.zip --net lobonet.onnx --json lobonet-scores.json",
        "mien report runs/lobonet lobonet-scores.json",
    ]


def test_recall_bars_have_the_colours_of_their_classes() -> None:
    text = page(scored("a"))
    for name in ("disgust", "fear", "surprise"):
        colour = "#" + "".join(f"{part:02x}" for part in FER2013[name].colour)
        assert f"fill: {colour}" in text


def test_ids_are_unique_even_where_two_figures_are_the_same() -> None:
    one = scored("a")
    text = page(one, dataclasses.replace(one, name="b"))
    assert len(check_page(text).ids) > 20


def test_placeholders_are_explained_where_there_are_any() -> None:
    text = page(scored("a")).split("Not on this page")[1]
    assert (
        "Placeholders: DATA is the data to measure on; RUN is the folder of the network's training;"
        " TRAINING-DATA is the data that the network was trained on."
    ) in text
    text = write_page([scored("a")], {}, "Title", data="faces.zip").split("Not on this page")[1]
    assert "DATA is the data to measure on" not in text
    assert "RUN is the folder" in text


def test_the_data_of_a_run_is_that_of_its_scores_only_if_it_is_the_same() -> None:
    make: Any = RunRecord.model_construct  # the other fields play no part
    for sha256, data in (("1" * 64, "faces.zip"), ("2" * 64, "DATA")):
        trained = TrainedOn(name="faces.zip", sha256="1" * 64, train={}, validation={})
        record = make(data=trained)
        run = TrainingRun("a", (), record, {}, data=Path("faces.zip"))
        measured = dataclasses.replace(scored("a", data_sha256=sha256), run=run)
        lines = [line for title, line in missing(measured, {}) if title != "Training"]
        assert all(f"evaluate {data} --net a.onnx" in line for line in lines)
        # What it was trained on is known in either case.
        assert sum("--against faces.zip" in line for line in lines) == 1
