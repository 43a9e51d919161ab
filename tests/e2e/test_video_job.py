"""Clips by main.py and by the command line, with the network that mien ships."""

import csv
import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from mien.video import VideoReader, VideoWriter

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A photo, and a clip of the same face that begins after a while."""
    monkeypatch.chdir(tmp_path)
    face = skimage.data.astronaut()[:256, 100:356]
    Path("clips").mkdir()
    Image.fromarray(face).save("clips/photo.png")
    with VideoWriter("clips/clip.mp4", width=320, height=256) as clip:
        for number in range(30):
            frame = np.full((256, 320, 3), 90, np.uint8)
            if number >= 10:
                frame[:, number : number + 256] = face
            clip.add(frame, number / 30)
    return tmp_path


def run_main_py(monkeypatch: pytest.MonkeyPatch, config: str) -> int:
    Path("config.toml").write_text(config)
    monkeypatch.setattr(sys, "argv", ["main.py", "config.toml"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "main.py"), run_name="__main__")
    return int(ended.value.code or 0)


def test_main_py_reads_clips(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = 'mode = "FER-predict"\n[detect]\nsources = ["clips"]\nout = "results"\nsmooth = 0.1\n'
    assert run_main_py(monkeypatch, config) == 0
    out = capsys.readouterr().out
    assert "clips/clip.mp4 (320 x 256, 1.0 s, 30 frames): 1 face; happy 100%\n" in out
    assert "clips/photo.png (256 x 256): 1 face" in out
    with Path("results/faces.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["source"] for row in rows] == ["clips/clip.mp4"] * 30 + ["clips/photo.png"]
    assert [row["success"] for row in rows] == ["0"] * 10 + ["1"] * 21
    assert {row["expression"] for row in rows[10:]} == {"happy"}
    assert json.loads(Path("results/metadata.json").read_text())["settings"]["smooth"] == 0.1
    (face,) = json.loads(Path("results/clip.summary.json").read_text())["faces"]
    (episode,) = face["episodes"]
    assert (episode["expression"], round(episode["begin"], 3)) == ("happy", 0.333)
    assert sorted(path.name for path in Path("results").iterdir()) == [
        "clip.mien.mp4", "clip.summary.json", "clip.timeline.png", "faces.csv", "metadata.json",
        "photo.mien.jpg",
    ]  # fmt: skip
    with VideoReader("results/clip.mien.mp4") as clip:
        assert [frame.index for frame in clip] == list(range(30))


def test_main_py_names_a_setting_as_the_file_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = 'mode = "FER-predict"\n[detect]\nsources = ["clips/clip.mp4"]\nresume = true\n'
    assert run_main_py(monkeypatch, config) == 2
    assert "(Setting: detect.resume.)" in capsys.readouterr().err


@pytest.mark.data
@pytest.mark.slow
def test_real_clips(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mien.detect_job import ClipResult, DetectJob
    from mien.settings import DetectSettings

    videos = data_folder / "videos"
    settings = DetectSettings(sources=(str(videos),), out=tmp_path / "out")
    with DetectJob(settings) as job:
        results = {Path(step.result.source).name: step.result for step in job.steps()}
    assert not job.failed
    for clip in json.loads((videos / "manifest.json").read_text()):
        result = results[clip["file"]]
        assert isinstance(result, ClipResult)
        assert result.record.frames_read == clip["frames_decoded"]
        assert len(result.written.summary.faces) == 1
        assert result.written.errors == ()
