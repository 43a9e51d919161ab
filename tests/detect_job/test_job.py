"""What `mien detect` does, from Python."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from mien.detect_job import DetectJob
from mien.errors import NetError, OutputError
from mien.image import load
from mien.media.metadata import NAME
from mien.perception.picture import Failure, Picture


def test_steps_say_what_became_of_each_source(photos, settings):
    with DetectJob(settings(sources=["."], json="t.json")) as job:
        first, second, third = job.steps()
    assert [type(step.result) for step in (first, second, third)] == [Picture, Picture, Failure]
    assert (first.copy, second.copy, third.copy) == (Path("a.mien.jpg"), None, None)
    assert np.asarray(Image.open("a.mien.jpg")).shape[1] >= 256
    assert job.failed
    assert job.unwritten == []
    sources = [entry["source"] for entry in json.loads(Path("t.json").read_text())]
    assert sources == ["a.jpg", "bare.png", "c.jpg"]


def test_a_copy_shows_the_colours_that_the_profile_means(photos, settings):
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12)
    (place,) = [tag for tag in tags if profile[tag : tag + 4] == b"rXYZ"]
    start = int.from_bytes(profile[place + 4 : place + 8], "big") + 8
    profile[start : start + 4] = round(0.55 * 65536).to_bytes(4, "big")  # a redder red
    with Image.open("a.jpg") as picture:
        stored = np.asarray(picture).astype(int)
        picture.save("a.jpg", quality=95, icc_profile=bytes(profile))
    with DetectJob(settings(sources=["a.jpg"])) as job:
        (step,) = job.steps()
    meant, shown = load("a.jpg").astype(int), load(step.copy).astype(int)
    bottom = np.s_[-60:]  # nothing is drawn there
    if shown.shape != meant.shape:
        shown = np.asarray(Image.fromarray(shown.astype(np.uint8)).resize((256, 256))).astype(int)
    assert np.abs(meant - stored)[bottom].mean() > 5
    assert np.abs(shown - meant)[bottom].mean() < 3


def test_files_are_complete_when_the_job_is_left_early(photos, settings):
    with pytest.raises(ZeroDivisionError):
        with DetectJob(settings(sources=["."], csv="t.csv", annotate=False)) as job:
            next(job.steps())
            raise ZeroDivisionError
    assert [line[:5] for line in Path("t.csv").read_text().splitlines()] == ["sourc", "a.jpg"]
    assert json.loads(Path(NAME).read_text())["program"] == "mien"
    assert list(photos.glob(".mien-*")) == []


def test_nothing_is_written_where_nothing_was_read(photos, settings):
    Path("t.csv").write_text("source,frame,time,face_id,success\n")
    words = {"sources": ["c.jpg"], "csv": "t.csv", "json": "t.json", "sheet": Path("s.png")}
    with DetectJob(settings(**words)) as job:
        (step,) = job.steps()
        assert list(job.write_sheets()) == []
    assert isinstance(step.result, Failure)
    assert job.unwritten == [Path("t.json"), Path("t.csv"), Path("s.png")]
    assert Path("t.csv").read_text() == "source,frame,time,face_id,success\n"
    assert sorted(path.name for path in photos.iterdir()) == [
        "a.jpg", "bare.png", "c.jpg", "t.csv"
    ]


def test_a_copy_that_cannot_be_written_is_no_reason_to_stop(photos, settings, monkeypatch):
    def refuse(*_):
        raise OutputError("The disk is full.")

    monkeypatch.setattr("mien.detect_job.photos.write_jpeg", refuse)
    with DetectJob(settings(sources=["a.jpg", "bare.png"])) as job:
        first, second = job.steps()
    assert isinstance(first.result, Picture)
    assert str(first.copy_error) == "The disk is full."
    assert second.copy_error is None
    assert job.failed


def test_truths_without_a_photo_are_a_warning(photos, settings):
    names = ["a.jpg", *(f"{number}.jpg" for number in range(7))]
    lines = "".join(f"{name},happy\n" for name in names)
    Path("truth.csv").write_text("file,expression\n" + lines)
    job = DetectJob(settings(sources=["a.jpg"], truth=Path("truth.csv")))
    assert job.warnings == [
        "truth.csv names 7 files that are not among the photos: 0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg,"
        " ..."
    ]


def test_one_truth_without_a_photo_is_singular(photos, settings):
    Path("truth.csv").write_text("file,expression\na.jpg,happy\nb.jpg,sad\n")
    (warning,) = DetectJob(settings(sources=["a.jpg"], truth=Path("truth.csv"))).warnings
    assert warning == "truth.csv names 1 file that is not among the photos: b.jpg"


def test_no_folder_is_made_for_a_job_that_cannot_begin(photos, settings):
    with pytest.raises(NetError):
        DetectJob(settings(sources=["a.jpg"], net="nix.onnx", out=Path("new"), csv="t/x.csv"))
    assert not Path("new").exists()
    assert not Path("t").exists()


def test_what_a_table_says_goes_through_a_link(photos, settings):
    Path("there").mkdir()
    Path("t.csv").symlink_to("there/t.csv")
    with DetectJob(settings(sources=["bare.png"], csv="t.csv")) as job:
        list(job.steps())
    assert Path("t.csv").is_symlink()
    assert Path("there/t.csv").read_text().startswith("source,")


def test_a_job_that_is_ended_early_keeps_the_sheet_of_what_was_read(photos, settings):
    with pytest.raises(KeyboardInterrupt), DetectJob(
        settings(sources=["a.jpg", "bare.png"], annotate=False, sheet=Path("s.png"))
    ) as job:
        next(job.steps())
        raise KeyboardInterrupt
    assert load("s.png").shape[1] > 0
