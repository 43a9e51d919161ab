"""Runs that are interrupted again while they read again what was read before."""

import os
import signal
from pathlib import Path

import pytest

from mien.detect_job import DetectJob
from mien.detect_job.clip_outputs import ClipOutputs
from mien.errors import InterruptionError, OutputError


def contents(folder="out"):
    """What the user sees in a folder."""
    shown = [path for path in Path(folder).iterdir() if path.name != ".mien-journal"]
    return {path.name: path.read_bytes() for path in shown}


def differences(folder, other):
    """Say in which files two folders differ, from which byte on, and how long they are."""
    first, second = contents(folder), contents(other)
    assert first.keys() == second.keys()
    return {
        name: (common(data, second[name]), len(data), len(second[name]))
        for name, data in first.items()
        if data != second[name]
    }


def common(first, second):
    """Return how many bytes are the same at the beginning."""
    pairs = zip(first, second, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


@pytest.fixture
def interrupted(photos, settings, make_clip, monkeypatch):
    """Read two clips into a folder, until Ctrl-C at a frame."""
    for name in ("a.mp4", "b.mp4"):
        make_clip(Path(name), frames=8)

    def run(frame, **words):
        whole, count = ClipOutputs.add, 0

        def add(self, picture):
            nonlocal count
            whole(self, picture)
            count += 1
            if count == frame:
                signal.raise_signal(signal.SIGINT)

        with monkeypatch.context() as patched, pytest.raises(InterruptionError):
            patched.setattr(ClipOutputs, "add", add)
            with DetectJob(settings(sources=["a.mp4", "b.mp4"], out="out", **words)) as job:
                list(job.steps())

    return run


@pytest.mark.parametrize(("frame", "format"), [(1, "csv"), (3, "parquet"), (11, "openface")])
def test_an_interruption_while_reading_again_leaves_what_was_there(interrupted, frame, format):
    words = {"format": format, "csv": "t.csv"}
    interrupted(12, **words)
    before = contents()
    rows = Path("t.csv").read_text()
    assert len(rows.splitlines()) == 13
    interrupted(frame, resume=True, **words)
    assert contents() == before
    assert Path("t.csv").read_text() == rows


def test_a_run_that_went_on_is_as_one_that_was_not_interrupted(interrupted, settings):
    interrupted(12)
    interrupted(3, resume=True)
    interrupted(14, resume=True)
    assert len(Path("out/faces.csv").read_text().splitlines()) == 15
    for words in ({"out": "out", "resume": True}, {"out": "unbroken"}):
        with DetectJob(settings(sources=["a.mp4", "b.mp4"], **words)) as job:
            list(job.steps())
    assert differences("out", "unbroken") == {}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such locks")
def test_two_runs_at_once_do_not_write_into_one_folder(photos, settings, make_clip):
    make_clip(Path("a.mp4"), frames=2)
    words = {"sources": ["a.mp4"], "out": "out"}
    with DetectJob(settings(**words)) as job:
        with pytest.raises(OutputError, match="Another run is writing into the folder out now"):
            with DetectJob(settings(**words)):
                pass
        list(job.steps())
    assert len(Path("out/faces.csv").read_text().splitlines()) == 3
