"""Runs of clips that the system kills for real, at any moment, and that go on afterwards."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from mien.video import VideoWriter

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL"),
]

# The process kills itself, so that no clock decides when, and nothing can clean up.
KILLING = """
import signal, sys
from mien.cli import main
from mien.{module} import {kind}

whole = {kind}.{name}
calls = 0

def killing(self, *values, **named):
    global calls
    calls += 1
    if calls == {call}:
        {before}
        signal.raise_signal(signal.SIGKILL)
    return whole(self, *values, **named)

{kind}.{name} = killing
sys.argv[0] = "mien"
main()
"""

# What is called when the process dies, how often it was called, and what is done before: at the
# first frame, in a line of the journal, in a line of the table, between two clips, while the
# annotated clip is completed, and before the journal is removed.
MOMENTS = {
    "at the first frame": ("detect_job.clip_outputs", "ClipOutputs", "add", 1, ""),
    "within a line of the journal": (
        "detect_job.journal", "Journal", "_write", 20,
        "self._file.write(b'{\"frame\":18,\"ti'); self._file.flush()",
    ),
    "before a line of the table": ("media.sinks", "CsvSink", "add", 13, ""),
    "between two clips": ("detect_job.clips", "ClipReader", "read", 2, ""),
    "as a clip is completed": ("detect_job.clip_copy", "ClipCopy", "close", 2, ""),
    "at the very end": ("detect_job.journal", "Journal", "remove", 1, ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips of a face that moves; in one it vanishes for a while."""
    folder = tmp_path_factory.mktemp("clips")
    face = skimage.data.astronaut()[:256, 100:356]
    for name, step in (("one.mp4", 2), ("two.mp4", 3)):
        with VideoWriter(folder / name, width=320, height=256) as clip:
            for number in range(24):
                frame = np.full((256, 320, 3), 90, np.uint8)
                if name == "one.mp4" or not 8 <= number < 12:
                    left = number * step % 64
                    frame[:, left : left + 256] = face
                clip.add(frame, number / 25 + (0.01 if number % 3 else 0))
    return folder


def detect(clips: Path, out: Path, *words: str, code: str = "") -> subprocess.CompletedProcess[str]:
    python = ["-c", code] if code else ["-m", "mien"]
    command = [sys.executable, *python, "detect", "one.mp4", "two.mp4", "--out", str(out), *words]
    return subprocess.run(command, cwd=clips, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def unbroken(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of a run that nothing interrupts."""
    out = tmp_path_factory.mktemp("unbroken")
    done = detect(clips, out)
    assert done.returncode == 0, done.stderr
    return out


def test_an_unbroken_run_leaves_no_trace_of_how(unbroken: Path) -> None:
    assert sorted(contents(unbroken)) == [
        "faces.csv", "metadata.json", "one.mien.mp4", "one.summary.json", "one.timeline.png",
        "two.mien.mp4", "two.summary.json", "two.timeline.png",
    ]  # fmt: skip
    rows = (unbroken / "faces.csv").read_text().splitlines()
    assert len(rows) == 49
    assert sum(row.split(",")[4] == "1" for row in rows[1:]) >= 40


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_goes_on_to_the_same_bytes(
    clips: Path, tmp_path: Path, unbroken: Path, moment: str
) -> None:
    module, kind, name, call, before = MOMENTS[moment]
    code = KILLING.format(
        module=module, kind=kind, name=name, call=call, before=before or "pass"
    )
    killed = detect(clips, tmp_path, code=code)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    left = contents(tmp_path)
    whole = contents(unbroken)
    # What has its final name is complete, and the table can be read up to the last frame.
    for finished in set(left) & set(whole) - {"metadata.json"}:
        assert left[finished] == whole[finished]
    if "faces.csv" not in left:
        rows = left["faces.partial.csv"].decode()
        assert whole["faces.csv"].decode().startswith(rows)
        assert rows in ("", *("".join(whole["faces.csv"].decode().splitlines(True)[:n])
                              for n in range(50)))  # fmt: skip
    resumed = detect(clips, tmp_path, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    # The temporary files that the process could not remove are gone too.
    assert contents(tmp_path) == whole


def test_ctrl_c_keeps_what_was_read_and_the_run_goes_on(
    clips: Path, tmp_path: Path, unbroken: Path
) -> None:
    interrupting = KILLING.replace("SIGKILL", "SIGINT")
    code = interrupting.format(
        module="detect_job.clip_outputs", kind="ClipOutputs", name="add", call=30, before="pass"
    )
    done = detect(clips, tmp_path, code=code)
    assert done.returncode == 130
    assert done.stderr == (
        f"mien: Interrupted in two.mp4; what was read is in {tmp_path}. Resume it to go on."
        " (Flag: --resume.)\n"
    )
    whole = (unbroken / "faces.csv").read_text().splitlines()
    assert (tmp_path / "faces.csv").read_text().splitlines() == whole[:31]
    clips_read = json.loads((tmp_path / "metadata.json").read_text())["clips"]
    assert [clip["state"] for clip in clips_read] == ["complete", "interrupted"]
    assert clips_read[1]["frames_read"] == 6
    assert sorted(contents(tmp_path)) == sorted([*contents(unbroken), ".mien-journal"])
    assert detect(clips, tmp_path, "--resume").returncode == 0
    assert contents(tmp_path) == contents(unbroken)


def test_sigterm_does_the_same(clips: Path, tmp_path: Path) -> None:
    code = KILLING.replace("SIGKILL", "SIGTERM").format(
        module="detect_job.clip_outputs", kind="ClipOutputs", name="add", call=5, before="pass"
    )
    done = detect(clips, tmp_path, code=code)
    assert done.returncode == 128 + signal.SIGTERM
    assert len((tmp_path / "faces.csv").read_text().splitlines()) == 6
    assert (tmp_path / ".mien-journal").is_file()
