"""Neutral faces for photos and clips."""

import contextlib
import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mien.detect_job import DetectJob
from mien.errors import MienError, SettingsError
from mien.models import read_info
from mien.perception.classifier import Classifier
from mien.perception.neutral import Neutral
from mien.settings import DetectSettings

RESTING = np.array([0.1, 0.02, 0.05, 0.02, 0.17, 0.01, 0.63], np.float32)


@pytest.fixture
def clip(photos, make_clip, monkeypatch):
    """A clip in which the network reads a resting face in every crop."""
    monkeypatch.setattr(
        Classifier, "probabilities", lambda self, crops, *_, **__: np.stack([RESTING] * len(crops))
        if len(crops) else np.zeros((0, 7), np.float32)
    )  # fmt: skip
    Neutral.of(read_info("mien-s"), RESTING[None]).save("me.json")
    Neutral.of(read_info("mien-s"), RESTING[None]).save("other.json")
    return make_clip(Path("b.mp4"), frames=16, rate=10)


def detect(neutral, **words):
    values = {"sources": ["b.mp4"], "out": "out", "video": False, "neutral": neutral} | words
    with DetectJob(DetectSettings.model_validate(values)) as job:
        steps = list(job.steps())
    return job, steps


def rows():
    with Path("out/faces.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def metadata():
    return json.loads(Path("out/metadata.json").read_text())


@pytest.mark.parametrize("neutral", ["me.json", "a.jpg", "0=me.json", "0:00.2-0:00.8", "auto"])
def test_a_clip_is_read_against_each_form_of_a_neutral_face(clip, neutral):
    detect(None)
    assert float(rows()[0]["p_neutral"]) == pytest.approx(0.63, abs=1e-3)
    _, (step,) = detect(neutral)
    assert step.result.notes == ()
    # Of a range and of auto too, the first frame is read against what comes later.
    assert float(rows()[0]["p_neutral"]) > 0.68
    assert metadata()["clips"][0]["neutral_faces"] == [0]
    assert metadata()["settings"]["neutral"] == neutral
    own = read_info("mien-s").neutral.sensitivity
    assert metadata()["settings"]["sensitivity"] == (0.0 if neutral == "auto" else own)


def test_neutral_faces_that_have_no_effect_are_told_of(clip):
    _, (step,) = detect("0=me.json 3=other.json 4=me.json")
    assert step.result.notes == (
        "b.mp4 has no faces 3, 4, for which a neutral face was given.",
    )
    _, (step,) = detect("auto", end="0:00.3")
    assert step.result.notes == ("No face in b.mp4 was read against a neutral face.",)


def test_a_range_without_a_face_fails_the_clip(clip):
    job, (step,) = detect("5-6")
    assert job.failed
    assert "5 to 6 s" in str(step.result.error)


def test_photos_and_clips_share_one_persons_neutral_face(clip):
    _, steps = detect("me.json", sources=["a.jpg", "b.mp4"])
    assert steps[0].result[0].neutral
    assert metadata()["clips"][0]["neutral_faces"] == [0]


def test_another_networks_neutral_face_is_refused_before_anything_is_read(clip):
    with pytest.raises(MienError, match="mien-b"):
        DetectJob(
            DetectSettings.model_validate(
                {"sources": ["b.mp4"], "neutral": "0=me.json", "net": "mien-b", "out": "out"}
            )
        )
    assert not Path("out").exists()


@pytest.mark.parametrize(("neutral", "frames"), [("0:00.2-0:00.8", 3), ("auto", 13)])
def test_a_run_that_learns_on_the_way_can_be_resumed(clip, monkeypatch, neutral, frames):
    detect(neutral, sources=["b.mp4"])
    whole = Path("out/faces.csv").read_bytes()

    from mien.detect_job.clip_outputs import ClipOutputs

    add, calls = ClipOutputs.add, []

    def ending(self, picture):
        calls.append(picture)
        if len(calls) == frames:
            raise ZeroDivisionError
        add(self, picture)

    with monkeypatch.context() as patched, contextlib.suppress(ZeroDivisionError):
        patched.setattr(ClipOutputs, "add", ending)
        detect(neutral, sources=["b.mp4"])
    assert len(calls) == frames
    detect(neutral, sources=["b.mp4"], resume=True)
    assert Path("out/faces.csv").read_bytes() == whole


def test_a_changed_neutral_face_ends_resuming(clip):
    with contextlib.suppress(ZeroDivisionError):
        with DetectJob(
            DetectSettings.model_validate(
                {"sources": ["b.mp4"], "out": "out", "neutral": "0=me.json"}
            )
        ) as job:
            next(job.steps())
            raise ZeroDivisionError
    Path("me.json").write_text(Path("me.json").read_text() + "\n")
    with pytest.raises(SettingsError, match="The file of neutral has changed") as caught:
        detect("0=me.json", resume=True, video=True)
    assert caught.value.setting == "neutral"


def test_a_photo_that_is_not_neutral_is_refused(photos, make_clip):
    make_clip(Path("b.mp4"), frames=3)
    Image.open("a.jpg").save("smile.jpg")
    with pytest.raises(MienError, match="not neutral"):
        detect("0=smile.jpg")
