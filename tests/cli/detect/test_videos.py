"""Clips and cameras on the command line."""

import csv
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mien.classes import FER2013
from mien.video import VideoWriter


@pytest.fixture
def clip(photos, astronaut):
    """A clip of a face that moves, beside noise that makes files large."""
    face = astronaut[:200, 120:320]
    random = np.random.default_rng(0)
    with VideoWriter("clip.mp4", width=280, height=200) as clip:
        for number in range(20):
            frame = random.integers(0, 256, (200, 280, 3), np.uint8)
            frame[:, 2 * number : 2 * number + 200] = face
            clip.add(frame, number / 25)
    return Path("clip.mp4")


def test_a_clip_is_summed_up_in_a_line(run, clip):
    code, out, err = run("clip.mp4", "--out", "out")
    assert (code, err) == (0, "")
    first, *written = out.splitlines()
    assert first.startswith("clip.mp4 (280 x 200, 0.8 s, 20 frames): 1 face; ")
    assert first.endswith("%")
    assert written == [
        "  -> out/clip.mien.mp4", "  -> out/clip.timeline.png", "  -> out/clip.summary.json",
        "  -> out/faces.csv",
    ]  # fmt: skip


def test_a_sample_is_called_one(run, clip):
    _, out, _ = run("clip.mp4", "--every", "5", "--end", "0:00.5", "--no-video")
    assert "20 frames" not in out
    assert "3 frames, one frame of every 5, before 0:00.5): 1 face" in out
    assert "mien.mp4" not in out


def test_a_single_frame_has_no_shares_of_time(run, clip):
    _, out, _ = run("clip.mp4", "--end", "0.01", "--no-video")
    assert out.splitlines()[0] == (
        "clip.mp4 (280 x 200, 0.0 s, 1 frame, before 0:00.01): 1 face"
    )


def test_what_is_left_out_is_named(run, clip):
    run("clip.mp4", "--end", "0.1")
    _, out, _ = run("clip.mp4", "./clip.mp4", "clip.mien.mp4", "--end", "0.1", "--no-annotate")
    assert out.splitlines()[1:] == [
        "clip.mien.mp4 was left out, since mien wrote it; what mien wrote is read if it is the only"
        " source.",
        "clip.mp4 is named 2 times, but read once.",
    ]


def test_several_faces_have_a_table(run, photos, astronaut):
    face = astronaut[:200, 120:320]
    with VideoWriter("two.mp4", width=400, height=200) as clip:
        for number in range(6):
            clip.add(np.hstack([face, face[:, ::-1]]), number / 25)
    code, out, _ = run("two.mp4", "--no-video")
    assert code == 0
    assert "two.mp4 (400 x 200, 0.2 s, 6 frames): 2 faces\n" in out
    for heading in ("face", "seen", "shown", "changes"):
        assert heading in out
    assert out.count("0:00 to 0:00.2") == 2
    emoji = [expression.emoji for expression in FER2013]
    assert any(one in out for one in emoji)
    _, out, _ = run("two.mp4", "--no-video", "--end", "0.01")  # a frame lasts no time
    assert out.count("0:00 to 0:00") == 2
    assert not any(one in out for one in emoji)


def test_a_clip_without_a_face_says_so(run, photos):
    with VideoWriter("bare.mp4", width=64, height=48) as clip:
        for number in range(4):
            clip.add(np.full((48, 64, 3), 90, np.uint8), number / 25)
    code, out, _ = run("bare.mp4", "--out", "out")
    assert code == 0
    assert "bare.mp4 (64 x 48, 0.2 s, 4 frames): no face\n" in out
    with Path("out/faces.csv").open(newline="") as file:
        assert [row["success"] for row in csv.DictReader(file)] == ["0"] * 4


def test_tables_on_standard_output_are_nothing_else(run, clip):
    code, out, err = run("clip.mp4", "--csv", "-", "--no-video")
    assert code == 0
    assert {line.split(",")[0] for line in out.splitlines()} == {"source", "clip.mp4"}
    assert len(out.splitlines()) == 21
    assert "1 face" in err
    code, out, err = run("clip.mp4", "--json", "-", "--no-video")
    frames = json.loads(out)
    assert [frame["frame"] for frame in frames] == list(range(20))
    assert {"face_id", "raw_probabilities"} < set(frames[0]["faces"][0])
    assert "1 face" in err


def test_broken_clips_are_named_and_the_rest_is_read(run, clip):
    Path("empty.mp4").write_bytes(b"")
    code, out, err = run("empty.mp4", "nowhere.mp4", "clip.mp4", "--out", "out")
    assert code == 1
    assert "clip.mp4 (280 x 200" in out
    first, second = err.splitlines()
    assert first.startswith("mien: empty.mp4 is empty")
    assert second.startswith("mien: Expected a video at nowhere.mp4")
    code, _, err = run("empty.mp4", "--out", "none")
    assert code == 1
    assert "mien: No picture or frame was read, so none/faces.csv was not written." in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--start", "soon"), "Expected seconds, such as 75.5, or m:ss, such as 1:15.5"),
        (("--start", "2", "--end", "1"), "(Flag: --end.)"),
        (("--every", "0"), "every"),
        (("--format", "word"), "'csv', 'parquet', 'openface'"),
        (("--explain",), "(Flag: --explain.)"),
        (("--sheet", "s.png"), "(Flag: --sheet.)"),
        (("--resume",), "(Flag: --resume.)"),
        (("--format", "csv"), "(Flag: --out.)"),
        (("--exclude", "12"), "Expected a range of time"),
        (("--markers", "none.csv"), "none.csv"),
        (("--neutral", "0=none.json"), "Cannot read the neutral face none.json"),
    ],
)
def test_wrong_usage_is_code_2(run, clip, words, sentence):
    code, _, err = run("clip.mp4", *words)
    assert code == 2
    assert sentence in err
    assert "Traceback" not in err


def test_a_missing_camera_is_a_sentence(run, photos):
    code, _, err = run("camera:97", "--seconds", "1", "--out", "out")
    assert code == 1
    assert err.startswith("mien: There is no camera 97")
    code, _, err = run("3")
    assert (code, err) == (
        1, "mien: There is no file 3. If it means a camera, write camera:3.\n"
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of the file size")
@pytest.mark.parametrize(
    ("kilobytes", "code", "left"),
    [
        # Too little for the annotated clip alone; for the journal too; for the table too.
        (70, 1, {"clip.summary.json", "faces.csv", "metadata.json"}),
        (12, 1, {"clip.summary.json", "faces.csv", "metadata.json"}),
        (3, 2, {"faces.csv", "metadata.json"}),
    ],
)
def test_a_full_disk_leaves_what_was_read(net, clip, kilobytes, code, left):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1000, kilobytes * 1000))

    words = ("detect", "clip.mp4", "--net", str(net), "--out", "out")
    done = subprocess.run(
        [sys.executable, "-B", "-m", "mien", *words], capture_output=True, preexec_fn=limit,
        text=True, env=os.environ | {"COLUMNS": "100"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "Cannot write out/" in done.stderr
    names = {path.name for path in Path("out").iterdir()}
    assert left <= names
    assert "clip.mien.mp4" not in names
    assert not any(name.startswith(".mien") or "partial" in name for name in names)
    with Path("out/faces.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [int(row["frame"]) for row in table] == list(range(len(table)))
    assert len(table) == 20 if code == 1 else 5 < len(table) < 20
    assert all(row["raw_p_neutral"] for row in table)
