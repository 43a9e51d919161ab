"""Clips and cameras in a job, from Python."""

import contextlib
import csv
import json
import runpy
import signal
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from mien.classes import Vocabulary
from mien.detect_job import ClipResult, DetectJob
from mien.errors import InterruptionError, OutputError, SettingsError, VideoError
from mien.image import load
from mien.media.own_files import written_by_mien
from mien.perception.picture import Failure, Picture
from mien.video import VideoReader, VideoWriter

NETS = runpy.run_path(str(Path(__file__).parents[1] / "tiny_nets.py"))


def run(settings):
    with DetectJob(settings) as job:
        steps = list(job.steps())
    return job, steps


def rows(path="out/faces.csv"):
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


def names(folder="out"):
    return sorted(path.name for path in Path(folder).iterdir())


def metadata(folder="out"):
    return json.loads(Path(folder, "metadata.json").read_text())


def test_a_clip_and_photos_make_one_table(photos, settings, make_clip):
    make_clip(Path("b.mp4"), bare=(3, 4))
    job, steps = run(settings(sources=["."], out="out"))
    assert [type(step.result) for step in steps] == [Picture, ClipResult, Picture, Failure]
    assert job.failed
    table = rows()
    assert [row["source"] for row in table] == ["a.jpg", *["b.mp4"] * 12, "bare.png"]
    clip = table[1:13]
    assert [row["frame"] for row in clip] == [str(number) for number in range(12)]
    assert [float(row["time"]) for row in clip] == pytest.approx([n / 25 for n in range(12)])
    assert [row["face_id"] for row in clip[:4]] == ["0", "0", "0", ""]
    assert [row["success"] for row in clip[:5]] == ["1", "1", "1", "0", "0"]
    assert (table[0]["frame"], table[0]["raw_p_happy"]) == ("", "")
    assert float(clip[0]["raw_p_happy"]) > 0
    assert names() == [
        "a.mien.jpg", "b.mien.mp4", "b.summary.json", "b.timeline.png", "faces.csv",
        "metadata.json",
    ]  # fmt: skip
    result = steps[1].result
    assert (result.problem, result.written.errors) == (None, ())
    assert [path.name for path in result.written.files] == [
        "b.mien.mp4", "b.timeline.png", "b.summary.json"
    ]
    (record,) = metadata()["clips"]
    assert (record["state"], record["frames_read"], record["selection"]) == (
        "complete", 12, "every frame"
    )
    assert len(record["sha256"]) == 64
    assert record["size"] == Path("b.mp4").stat().st_size


def test_the_annotated_clip_keeps_time_and_shows_the_face(photos, settings, make_clip):
    make_clip(Path("b.mp4"), size=(400, 300))
    run(settings(sources=["b.mp4"]))
    with VideoReader("b.mp4") as before, VideoReader("b.mien.mp4") as after:
        pairs = list(zip(before, after, strict=True))
    for plain, drawn in pairs:
        assert plain.time == pytest.approx(drawn.time, abs=1e-3)
        difference = np.abs(plain.image.astype(int) - drawn.image).max(axis=2)
        assert (difference > 60).sum() > 500


def test_without_a_folder_nothing_but_copies_stands_beside_the_clip(photos, settings, make_clip):
    Path("clips").mkdir()
    make_clip(Path("clips/b.mp4"))
    run(settings(sources=["clips/b.mp4"]))
    assert names("clips") == ["b.mien.mp4", "b.mp4", "b.summary.json", "b.timeline.png"]
    assert not Path("metadata.json").exists()


def test_without_a_folder_and_copies_nothing_stands_beside_the_clip(
    photos, settings, make_clip
):
    Path("clips").mkdir()
    make_clip(Path("clips/b.mp4"), frames=3)
    _, (step,) = run(settings(sources=["clips/b.mp4"], annotate=False, csv="t.csv"))
    assert names("clips") == ["b.mp4"]
    assert step.result.written.files == ()
    assert len(rows("t.csv")) == 3


def test_a_clip_that_is_read_again_replaces_its_outputs_alone(photos, settings, make_clip):
    for folder in ("one", "two"):
        Path(folder).mkdir()
        make_clip(Path(folder, "b.mp4"), frames=3)
    Path("out").mkdir()
    Path("out/b-2.timeline.png").write_bytes(b"The user's own.")
    for _ in range(2):
        _, steps = run(settings(sources=["one", "two/b.mp4"], out="out", video=False))
        stems = [step.result.written.files[-1].name for step in steps]
        assert stems == ["b.summary.json", "b-3.summary.json"]
    assert Path("out/b-2.timeline.png").read_bytes() == b"The user's own."
    assert names() == [
        "b-2.timeline.png", "b-3.summary.json", "b-3.timeline.png", "b.summary.json",
        "b.timeline.png", "faces.csv", "metadata.json",
    ]  # fmt: skip


def test_a_run_into_the_clips_own_folder_does_not_read_its_outputs(photos, settings, make_clip):
    Path("clips").mkdir()
    make_clip(Path("clips/b.mp4"), frames=3)
    for _ in range(2):
        _, steps = run(settings(sources=["clips"], out="clips"))
        assert [step.result.source for step in steps] == ["clips/b.mp4"]
    assert written_by_mien(Path("clips/b.mien.mp4"))
    assert written_by_mien(Path("clips/b.timeline.png"))


@pytest.mark.parametrize(
    ("words", "frames", "selection"),
    [
        ({"every": 5}, [0, 5, 10], "one frame of every 5"),
        ({"fps": 5}, [0, 5, 10], "every frame, at most 5 a second"),
        ({"start": "0.2", "end": "0:00.4"}, [5, 6, 7, 8, 9], "every frame, from 0:00.2, before"),
    ],
)
def test_a_sample_says_so(photos, settings, make_clip, words, frames, selection):
    make_clip(Path("b.mp4"))
    run(settings(sources=["b.mp4"], out="out", **words))
    assert [int(row["frame"]) for row in rows()] == frames
    (record,) = metadata()["clips"]
    assert record["selection"].startswith(selection)
    assert record["frames_read"] == len(frames)
    for name, value in words.items():
        assert metadata()["settings"][name] == value


def test_a_range_without_frames_is_a_sentence(photos, settings, make_clip):
    make_clip(Path("b.mp4"))
    _, (step,) = run(settings(sources=["b.mp4"], out="out", start="7"))
    assert "b.mp4 has no frame" in str(step.result.error)
    assert step.result.error.setting == "start"
    assert names() == []


def cut_clip(path, make_clip):
    """A clip that was cut off in the middle of its frames."""
    make_clip(path, frames=60)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 9 // 10])


def sound(path):
    with wave.open(str(path.with_suffix(".wav")), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    path.with_suffix(".wav").rename(path)


def test_broken_clips_are_named_and_the_rest_is_read(photos, settings, make_clip):
    cut_clip(Path("cut.mp4"), make_clip)
    sound(Path("sound.mp4"))
    Path("empty.mp4").write_bytes(b"")
    Path("text.mp4").write_text("no clip")
    make_clip(Path("whole.mp4"), frames=3)
    clips = [f"{name}.mp4" for name in ("cut", "empty", "nowhere", "sound", "text", "whole")]
    job, steps = run(settings(sources=clips, out="out", json="t.json"))
    assert job.failed
    cut, *others, whole = [step.result for step in steps]
    assert isinstance(cut, ClipResult)
    assert isinstance(cut.problem, VideoError)
    assert all(isinstance(one, Failure) and isinstance(one.error, VideoError) for one in others)
    assert whole.problem is None
    for name, one in zip(clips[1:], others, strict=False):
        assert name in str(one.error)
    by_clip = {row["source"] for row in rows()}
    assert by_clip == {"cut.mp4", "whole.mp4"}
    records = {record["source"]: record for record in metadata()["clips"]}
    assert set(records) == by_clip
    assert records["cut.mp4"]["state"] == "incomplete"
    assert records["cut.mp4"]["problem"] == str(cut.problem)
    assert 0 < records["cut.mp4"]["frames_read"] < 60
    assert {"cut.mien.mp4", "cut.timeline.png", "cut.summary.json"} < set(names())
    entries = json.loads(Path("t.json").read_text())
    errors = [entry for entry in entries if "error" in entry]
    assert [entry["source"] for entry in errors] == clips[:-1]


def test_a_copy_that_cannot_be_written_is_no_reason_to_stop(
    photos, settings, make_clip, monkeypatch
):
    make_clip(Path("b.mp4"))

    def refuse(self, image, time):
        if time > 0.1:
            raise OutputError("The disk is full.")

    monkeypatch.setattr(VideoWriter, "add", refuse)
    job, (step,) = run(settings(sources=["b.mp4"], out="out"))
    assert job.failed
    assert [str(error) for error in step.result.written.errors] == ["The disk is full."]
    assert len(rows()) == 12
    assert names() == ["b.summary.json", "b.timeline.png", "faces.csv", "metadata.json"]


def test_a_defect_while_drawing_ends_the_run(photos, settings, make_clip, monkeypatch):
    make_clip(Path("b.mp4"), frames=40)
    monkeypatch.setattr(VideoWriter, "add", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(settings(sources=["b.mp4"], out="out"))
    assert not [name for name in names() if name.endswith(".mp4")]
    assert names()[0] == ".mien-journal"


def test_parquet_holds_the_same_table(photos, settings, make_clip):
    import pyarrow.parquet

    make_clip(Path("b.mp4"), frames=4, bare=(2,))
    run(settings(sources=["b.mp4", "a.jpg"], out="out", format="parquet", csv="t.csv"))
    table = pyarrow.parquet.read_table("out/faces.parquet").to_pylist()
    assert not Path("out/faces.csv").exists()
    assert [str(row["face_id"]) for row in table if row["success"]] == [
        row["face_id"] for row in rows("t.csv") if row["success"] == "1"
    ]
    assert [row["frame"] for row in table] == [0, 1, 2, 3, None]


@pytest.mark.parametrize("program", ["openface", "facereader"])
def test_other_programs_tables_stand_beside_the_own_one(photos, settings, make_clip, program):
    make_clip(Path("b.mp4"), frames=4)
    for _ in range(2):
        run(settings(sources=["b.mp4", "a.jpg"], out="out", format=program, video=False))
        (table,) = [name for name in names() if program in name]
        assert table.startswith(f"b.{program}.")
    assert len(rows()) == 5


def test_markers_and_ranges_reach_rows_and_summary(photos, settings, make_clip):
    make_clip(Path("b.mp4"))
    Path("events.csv").write_text("time,label\n0.1,film\n0.3,pause\n")
    words = {"markers": "events.csv", "exclude": "0.2-0.26"}
    run(settings(sources=["b.mp4"], out="out", **words))
    labels = [row["marker"] for row in rows()]
    assert labels[:5] == ["", "", "", "film", "film"]
    assert labels[5] == labels[6] not in ("", "film")
    assert labels[8:] == ["pause"] * 4
    summary = json.loads(Path("out/b.summary.json").read_text())
    assert summary["excluded_frames"] == 2
    assert [part["marker"] for part in summary["markers"]] == [None, "film", "pause"]


class FakeCapture:
    """A camera as OpenCV opens it, which has a number of frames and then none."""

    frames = 8

    def __init__(self, number):
        self.number, self.left = number, self.frames

    def isOpened(self):  # noqa: N802
        return self.number == 0

    def read(self):
        time.sleep(0.01)
        self.left -= 1
        return self.left >= 0, np.full((48, 64, 3), 90, np.uint8)

    def release(self):
        pass


def test_a_camera_that_is_unplugged_leaves_what_was_read(photos, settings, monkeypatch):
    monkeypatch.setattr("mien.video.camera._open", FakeCapture)
    job, (step, other) = run(settings(sources=["camera:0", "camera:1"], out="out"))
    assert job.failed
    assert isinstance(step.result.problem, VideoError)
    assert isinstance(other.result, Failure)
    assert 1 <= len(rows()) <= 8
    assert {row["source"] for row in rows()} == {"camera:0"}
    (record,) = metadata()["clips"]
    assert record["state"] == "incomplete"
    assert record["skipped"] + record["frames_read"] <= 8
    assert names() == [
        "camera-0.mien.mp4", "camera-0.summary.json", "camera-0.timeline.png", "faces.csv",
        "metadata.json",
    ]  # fmt: skip
    with pytest.raises(SettingsError, match="may be a recording"):
        DetectJob(settings(sources=["camera:0"], out="out"))


def test_a_recording_without_a_table_is_warned_of(photos, settings, monkeypatch):
    monkeypatch.setattr("mien.video.camera._open", FakeCapture)
    job, (step,) = run(settings(sources=["camera:0"]))
    assert job.warnings == [
        "camera:0 is recorded without a table of its faces; its copy, timeline and summary go into"
        " the current folder. Name a folder for outputs (out), or a table, to keep its faces."
    ]
    assert [path.name for path in step.result.written.files] == [
        "camera-0.mien.mp4", "camera-0.timeline.png", "camera-0.summary.json",
    ]  # fmt: skip
    assert all(Path(path.name).is_file() for path in step.result.written.files)
    bare = DetectJob(settings(sources=["camera:0"], annotate=False))
    (warning,) = bare.warnings
    assert "only what is printed is left of it" in warning
    for kept in ({"out": "out"}, {"csv": "t.csv"}, {"json": "t.json"}):
        assert DetectJob(settings(sources=["camera:0"], **kept)).warnings == []


def test_ctrl_c_is_the_usual_end_of_a_recording(photos, settings, monkeypatch):
    from mien.detect_job.clip_outputs import ClipOutputs

    class Endless(FakeCapture):
        frames = 10**6

    monkeypatch.setattr("mien.video.camera._open", Endless)
    whole, seen = ClipOutputs.add, []

    def add(self, picture):
        whole(self, picture)
        seen.append(picture)
        if len(seen) == 5:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(ClipOutputs, "add", add)
    job, (step,) = run(settings(sources=["camera"], out="out"))
    assert not job.failed
    assert step.result.record.state == "complete"
    assert len(rows()) == len(seen) == 5


# What is asked for, and the setting and the words of the refusal.
REFUSED = [
    ({"explain": True}, "explain", "Heat maps are drawn on photos only, but b.mp4 is a clip"),
    ({"sheet": Path("s.png")}, "sheet", "A contact sheet shows photos only"),
    ({"truth": Path("t.csv")}, "truth", "compared with photos only"),
    ({"neutral": "me.json", "neutral_face": 2}, "neutral_face", "Write it so: 1=me.json"),
    ({"sources": ["b.mp4", "a.jpg"], "neutral": "auto"}, "neutral", "there are photos too"),
    ({"sources": ["b.mp4", "a.jpg"], "neutral": "0=me.json"}, "neutral", "photos too"),
    ({"sources": ["b.mp4", "a.jpg"], "neutral": "0:02-0:05"}, "neutral", "photos too"),
    ({"resume": True}, "resume", "has a folder for its outputs"),
    ({"resume": True, "out": "out"}, "resume", "no interrupted run"),
    ({"resume": True, "out": "out", "sources": ["a.jpg"]}, "resume", "Only a run of clips"),
    ({"sources": ["camera"], "every": 2}, "every", "camera:0 is a camera"),
    ({"sources": ["camera"], "start": "1"}, "start", "camera:0 is a camera"),
    ({"sources": ["camera"], "resume": True, "out": "o"}, "resume", "is a camera"),
    ({"sources": ["camera", "b.mp4"], "resume": True, "out": "o"}, "resume", "is a camera"),
    ({"format": "csv"}, "out", "no folder is named"),
    ({"start": "2", "end": "1"}, "end", "Expected end to be after start"),
    ({"out": "out", "csv": "out/faces.csv"}, "csv_file", "name of the table"),
    ({"out": "out", "csv": "out/metadata.json"}, "csv_file", "extension of json"),
    ({"csv": "b.mp4"}, "csv_file", "is read as an input"),
    ({"markers": "e.csv", "csv": "e.csv"}, "csv_file", "is read as an input"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "setting", "words"), REFUSED)
def test_refusals_come_before_anything_is_written(
    photos, settings, make_clip, values, setting, words
):
    make_clip(Path("b.mp4"), frames=2)
    Path("t.csv").write_text("file,expression\nb.mp4,happy\n")
    Path("e.csv").write_text("time,label\n0,film\n")
    before = {path: path.read_bytes() for path in photos.iterdir()}
    with pytest.raises(SettingsError, match=words) as caught:
        with DetectJob(settings(**{"sources": ["b.mp4"]} | values)):
            pass
    assert caught.value.setting == setting
    assert "--" not in str(caught.value)
    after = {path: path.read_bytes() for path in photos.iterdir() if path.is_file()}
    assert after == before


def test_a_format_without_the_networks_classes_is_refused_before_reading(
    photos, settings, make_clip, tmp_path
):
    make_clip(Path("b.mp4"), frames=2)
    net = NETS["make_net"](tmp_path / "own.onnx", classes=Vocabulary.named(["awake", "tired"]))
    with pytest.raises(SettingsError, match="pyfeat has columns for angry") as caught:
        DetectJob(settings(sources=["b.mp4"], out="out", format="pyfeat", net=str(net)))
    assert caught.value.setting == "format"
    assert not Path("out").exists()


def test_another_faces_csv_is_not_replaced(photos, settings, make_clip):
    make_clip(Path("b.mp4"), frames=2)
    Path("out").mkdir()
    Path("out/faces.csv").write_text("name,age\nAda,36\n")
    with pytest.raises(SettingsError, match="not an earlier output of mien") as caught:
        DetectJob(settings(sources=["b.mp4"], out="out"))
    assert caught.value.setting == "out"


def test_settings_that_change_nothing_are_told_of(photos, settings, make_clip):
    make_clip(Path("b.mp4"), frames=2)
    words = {"every": 2, "smooth": 1.0, "seconds": 3}
    (photo,) = DetectJob(settings(sources=["a.jpg"], **words)).warnings
    assert photo == (
        "There are no clips and cameras among the sources, so this changes nothing: every,"
        " seconds, smooth."
    )
    (clip,) = DetectJob(settings(sources=["b.mp4"], **words)).warnings
    assert clip == "There are no cameras among the sources, so this changes nothing: seconds."


def test_photos_alone_write_no_table_into_the_folder_unless_asked(photos, settings):
    run(settings(sources=["a.jpg"], out="out"))
    assert names() == ["a.mien.jpg"]
    run(settings(sources=["a.jpg"], out="out", format="csv"))
    assert names() == ["a.mien.jpg", "faces.csv", "metadata.json"]


def test_a_run_that_reads_nothing_keeps_earlier_files(photos, settings, make_clip):
    make_clip(Path("b.mp4"), frames=2)
    run(settings(sources=["b.mp4"], out="out"))
    before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    Path("b.mp4").write_bytes(b"")
    job, _ = run(settings(sources=["b.mp4"], out="out"))
    assert job.unwritten == [Path("out/faces.csv")]
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before


def test_an_interrupted_run_is_told_of_when_it_begins_anew(photos, settings, make_clip):
    make_clip(Path("b.mp4"), frames=4)
    with contextlib.suppress(ZeroDivisionError), DetectJob(
        settings(sources=["b.mp4", "a.jpg"], out="out")
    ) as job:
        next(job.steps())
        raise ZeroDivisionError
    (warning,) = DetectJob(settings(sources=["b.mp4", "a.jpg"], out="out")).warnings
    assert warning == "The interrupted run in out begins anew, since it is not to be resumed."
    assert DetectJob(settings(sources=["b.mp4"], out="out", resume=True)).warnings == []
    with pytest.raises(SettingsError, match=r"sources b\.mp4, a\.jpg, but now it is b\.mp4"):
        with DetectJob(settings(sources=["b.mp4"], out="out", resume=True)):
            pass
    make_clip(Path("b.mp4"), frames=5)
    with pytest.raises(SettingsError, match=r"b\.mp4 has changed"):
        with DetectJob(settings(sources=["b.mp4", "a.jpg"], out="out", resume=True)):
            pass
    assert len(rows()) == 4


def test_every_frame_of_the_annotated_clip_is_drawn_where_it_is_read(
    photos, settings, make_clip
):
    make_clip(Path("small.mp4"), size=(200, 200), frames=3)
    run(settings(sources=["small.mp4"]))
    with VideoReader("small.mien.mp4") as clip:
        assert (clip.width, clip.height) == (400, 400)
    assert load("small.timeline.png").shape[1] == 1600


@pytest.mark.parametrize("signals", [1, 2])
def test_ctrl_c_while_a_clip_is_completed_leaves_nothing_broken(
    photos, settings, make_clip, monkeypatch, signals
):
    from mien.detect_job.clip_outputs import ClipOutputs

    make_clip(Path("b.mp4"), frames=4)
    whole = ClipOutputs._write_timeline

    def write(self, *values):
        for _ in range(signals):
            signal.raise_signal(signal.SIGINT)
        whole(self, *values)

    with monkeypatch.context() as patched:
        patched.setattr(ClipOutputs, "_write_timeline", write)
        with pytest.raises(InterruptionError, match=r"Interrupted in b\.mp4"):
            run(settings(sources=["b.mp4", "a.jpg"], out="out"))
    complete = ["b.mien.mp4", "b.summary.json", "b.timeline.png", "faces.csv", "metadata.json"]
    # The first signal waits until all is written, the second does not.
    left = complete if signals == 1 else ["b.mien.mp4", "faces.csv", "metadata.json"]
    assert names() == [".mien-journal", *left]
    assert metadata()["clips"][0]["state"] == ("complete" if signals == 1 else "being read")
    assert len(rows()) == 4
    run(settings(sources=["b.mp4", "a.jpg"], out="out", resume=True))
    assert names() == ["a.mien.jpg", *complete]
