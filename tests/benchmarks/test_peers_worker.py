"""The worker and who talks to it, with mien's own network in this very interpreter."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from mien.classes import NAMES
from mien.data import Samples
from mien.errors import NetError
from mien.models import DEFAULT
from mien.perception.classifier import Classifier
from peers import worker
from peers.client import Worker, cold_start, last_line
from peers.timing import spread, time_in_turn

PYTHON = Path(sys.executable)
NET = f"mien:{DEFAULT}"


@pytest.fixture(scope="module")
def crops(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("crops") / "crops.npy"
    np.save(path, samples.images)
    return path


def test_classes_are_put_in_our_order() -> None:
    assert worker.CLASSES == NAMES
    theirs = ("Neutral", "happy", "sad", "surprise", "fear", "disgust", "angry")
    order = worker.in_our_order(theirs)
    assert [theirs[place].lower() for place in order] == list(NAMES)
    assert np.arange(7)[order].tolist() == [6, 5, 4, 1, 2, 3, 0]
    with pytest.raises(ValueError, match="expected the classes angry.*got contempt"):
        worker.in_our_order(("contempt", *theirs[1:]))


def test_what_a_process_reads_is_what_we_read(
    samples: Samples, crops: Path, tmp_path: Path
) -> None:
    out = tmp_path / "said.npy"
    with Worker(PYTHON, NET) as loaded:
        assert loaded.loaded_seconds > 0
        assert loaded.ask("predict", crops=str(crops), out=str(out)) == {"faces": 140}
        rate = loaded.ask("rate", crops=str(crops), batch=64, seconds=0)
        assert rate["batches"] == 1
        assert rate["faces_per_second"] == pytest.approx(64 / rate["seconds"])
        one = loaded.ask("latency", crops=str(crops), seconds=0)
        assert one["faces"] == 1 and one["median_ms"] > 0
        # A Python with NumPy and ONNX Runtime, in MB.
        assert 20 < loaded.ask("memory")["peak_mb"] < 2000
        with pytest.raises(NetError, match="140 faces do not fill a batch of 500"):
            loaded.ask("rate", crops=str(crops), batch=500, seconds=0)
        with pytest.raises(NetError, match="KeyError: 'dance'"):
            loaded.ask("dance")
    said = np.load(out)
    assert said.dtype == np.float32
    np.testing.assert_allclose(said, Classifier().probabilities(samples.images), atol=1e-6)


def test_systems_that_cannot_be_loaded(crops: Path) -> None:
    with pytest.raises(NetError, match="mien:none ended: .*There is no network 'none'"):
        Worker(PYTHON, "mien:none")
    with pytest.raises(NetError, match="mien:none failed: .*There is no network 'none'"):
        cold_start(PYTHON, "mien:none", crops)


def test_turns(crops: Path) -> None:
    systems = {"a": (PYTHON, NET), "b": (PYTHON, NET)}
    found = time_in_turn(systems, crops, seconds=0, rounds=2)
    assert list(found) == ["a", "b"]
    assert found["a"]["speed_to_first"] == {"median": 1, "min": 1, "max": 1}
    for timing in found.values():
        for key in ("faces_per_second", "one_face_ms", "cold_start_s"):
            assert 0 < timing[key]["min"] <= timing[key]["median"] <= timing[key]["max"]
        assert timing["peak_mb"] > 20 and timing["loaded_s"] > 0


def test_the_spread_of_rounds() -> None:
    assert spread([3.0, 1.0, 2.0, 10.0]) == {"median": 2.5, "min": 1, "max": 10}


def test_answers_are_json(tmp_path: Path) -> None:
    def read(faces: np.ndarray) -> np.ndarray:
        return np.full((len(faces), 7), 1 / 7)

    np.save(tmp_path / "faces.npy", np.zeros((5, 48, 48), np.uint8))
    line = {"do": "predict", "crops": str(tmp_path / "faces.npy"), "out": str(tmp_path / "o.npy")}
    assert worker.answer(read, json.dumps(line | {"batch": 2})) == {"faces": 5}
    assert np.load(tmp_path / "o.npy").shape == (5, 7)
    assert worker.answer(read, "no json")["error"].startswith("JSONDecodeError")


def test_the_last_line_that_says_something() -> None:
    assert last_line("Traceback\nValueError: no.\n\n") == "ValueError: no"
    assert last_line(" \n") == "it said nothing"
